"""The console: what Kominfo, the leadership, the province and the OPD see in a browser."""
