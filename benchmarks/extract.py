"""Articles that the extractor reads in a second of CPU time: other news, and news of pledges."""

import json
import platform
from time import process_time

from pledgewatch.extract import Extractor, Text
from pledgewatch.records import ArticleRef

OTHER = (
    "The central bank kept its rate at 3.5 percent on Thursday, as most economists had expected. "
    "Growth slowed in the third quarter, and exports of cars fell for a second month in a row. "
    "The mayor opened a new bridge over the river after two years of work. "
    "The home side won by two goals, both in the second half, before a crowd of 40,000. "
)
RELEVANT = (
    "Norway will send 200 soldiers to Mali, its defence minister said on Tuesday. "
    "France and Britain are ready to deploy several thousand troops to Ukraine after a ceasefire. "
    "The Bundestag approved the deployment of up to 800 soldiers to Lebanon. "
    "Kenya, which leads the force in Haiti, said it would not withdraw its police officers. "
)
COUNT = 400
PARAGRAPHS = 5


def rate(paragraph: str) -> float:
    """Articles a second, of some 400 words each."""
    extractor = Extractor()
    articles = [
        Text(ArticleRef(id=str(number)), "A day of news", _distinct(paragraph, number))
        for number in range(COUNT)
    ]
    extractor.extract(articles[:20])
    start = process_time()
    for first in range(0, COUNT, 50):
        extractor.extract(articles[first : first + 50])
    return COUNT / (process_time() - start)


def _distinct(paragraph: str, number: int) -> str:
    """Five paragraphs of which no sentence comes twice."""
    return "\n\n".join(
        paragraph.replace(". ", f", on day {number * PARAGRAPHS + part}. ")
        for part in range(PARAGRAPHS)
    )


def main() -> None:
    """Print the rates as JSON."""
    figures = {
        "python": platform.python_version(),
        "machine": platform.processor() or platform.machine(),
        "other_news_per_s": round(rate(OTHER)),
        "relevant_news_per_s": round(rate(RELEVANT)),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
