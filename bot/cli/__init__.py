"""The command `ingat`: one small file for each group of commands; heavy imports come late."""
