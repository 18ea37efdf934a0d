"""The live screen. Imports nothing here: `app` is loaded only when a screen is wanted."""
