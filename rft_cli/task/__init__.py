"""The task of a run: the data set that asks and the evaluator that scores. Takes values, never run configs."""
