"""The jobs of a whole experiment, and which of them a shard runs."""

import dataclasses

from pathnet_tf.data.speaker_folds import outer_name
from pathnet_tf.experiment.jobs import Job, SourceJob, TargetJob
from pathnet_tf.runtime.shard import Shard


@dataclasses.dataclass(frozen=True, eq=False)
class ExperimentPlan:
    """All jobs of an experiment.

    Attributes:
      sources: One for each repeat, if there are sources.
      targets: One for each method, repeat and fold, in the order of the results.
      inner: Those of inner folds, which enter no results.
    """

    sources: list[SourceJob]
    targets: list[TargetJob]
    inner: list[TargetJob]

    @property
    def jobs(self) -> list[Job]:
        """All of them."""
        return [*self.sources, *self.targets, *self.inner]

    def inner_of(self, target: TargetJob) -> list[TargetJob]:
        """Jobs that score the training side of a target job's fold."""
        return [
            job
            for job in self.inner
            if (job.method, job.repeat, outer_name(job.fold.name))
            == (target.method, target.repeat, target.fold.name)
        ]

    def chosen(self, shard: Shard | None) -> list[Job]:
        """Chooses the jobs of a shard: every `of`-th target job, and what it needs.

        Args:
          shard: The shard; none chooses all jobs.

        Returns:
          The jobs, in the order in which they can run.
        """
        if shard is None:
            return self.jobs
        if shard.number == 0:
            return list(self.sources)
        targets = shard.chosen([*self.targets, *self.inner])
        repeats = {job.repeat for job in targets if job.needs_source}
        return [job for job in self.sources if job.repeat in repeats] + list(targets)
