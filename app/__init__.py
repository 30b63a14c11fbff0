"""The desktop application of Mudra: everything with a screen, a live camera, a thread or a loudspeaker."""
