"""What the government wants: settings, policy, days off, wording. Imports nothing of ours."""
