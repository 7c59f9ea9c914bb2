// Live updates, relative times and copy buttons.
