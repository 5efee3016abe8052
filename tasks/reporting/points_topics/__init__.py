"""Topics of the report on points alone, one file a subject; built like those of ``tasks.reporting.topics``."""
