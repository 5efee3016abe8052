"""The one reader of a finished study: data, points, samples, scores, ranking; no drawing."""
