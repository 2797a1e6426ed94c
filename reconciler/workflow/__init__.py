"""Use cases, one file each: a straight walk through the layers, with callbacks for people."""
