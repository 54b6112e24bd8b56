"""Which articles a replay derives anew; the rest is carried over from its base as it is."""

from datetime import datetime

import msgspec

from pledgewatch.records import Article, ArticleOutcome, Mention, Run


class Selection(msgspec.Struct, frozen=True):
    """By time of publication and by source. What was first seen after the start always belongs;
    what was first seen before `reach` may not be there to be read again, and never does.
    """

    since: datetime | None
    until: datetime | None
    sources: frozenset[str]
    reach: datetime | None
    started: datetime

    @classmethod
    def of(cls, run: Run) -> "Selection":
        """The articles that a run derives anew."""
        return cls(run.since, run.until, frozenset(run.sources), run.reach, run.started)

    def takes(self, article: Article) -> bool:
        """Whether an article is derived anew."""
        at = article.published.at
        return self._takes(at, article.first_seen, article.source.name)

    def carries(self, record: Mention | ArticleOutcome) -> bool:
        """Whether a base's record is taken over: of another article, or put right by a person."""
        if isinstance(record, Mention):
            if record.correction is not None:
                return True
            ref = record.article
            return not self._takes(ref.published, ref.first_seen, ref.source)
        return not self._takes(record.published, record.first_seen, record.source)

    def _takes(
        self, published: datetime | None, first_seen: datetime | None, source: str | None
    ) -> bool:
        if first_seen is not None and first_seen >= self.started:
            return True
        if self.reach is not None and (first_seen is None or first_seen < self.reach):
            return False
        at = published or first_seen
        if at is None:  # what nobody has dated is not derived from an article that was read
            return False
        return (
            (self.since is None or at >= self.since)
            and (self.until is None or at < self.until)
            and (not self.sources or source in self.sources)
        )
