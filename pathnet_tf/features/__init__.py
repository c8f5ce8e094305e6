"""What a network hears of a clip: log-mel segments, or one vector of functionals."""
