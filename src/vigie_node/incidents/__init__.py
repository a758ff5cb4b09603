"""The app `incidents`: from an alert to something that two people stand behind."""
