"""What the government wants: settings, policy, calendar overrides, wording. Imports nothing of ours."""
