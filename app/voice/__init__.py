"""The voice: phrases, voices, and the process that speaks. `app.speech` is its door."""
