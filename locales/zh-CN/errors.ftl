internal = x
