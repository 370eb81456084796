"""The domain: what a trajectory is, what a review says, how good a review is.

Pure Python. Nothing here opens a database, draws on a screen or reaches the network;
the only files it reads are the trajectories and rubrics it is asked to read.
"""
