"""The library of Mudra: from frames and landmarks to labels. No Qt, no live camera, no sound."""
