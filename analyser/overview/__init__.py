"""Many calls side by side: who needs which coaching, from counts that add up."""
