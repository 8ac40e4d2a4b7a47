package crawl

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"lastpost/internal/feed"
	"lastpost/internal/feed/dates"
	"lastpost/internal/feed/parse"
)

// A Warning is a fault of a feed whose posts are served nevertheless.
type Warning struct{ Problem, Remedy string }

// findWarnings returns the faults of the last full response: UTC offsets that contradict the configured time zone, and
// audio that is not an episode. A nil zone means UTC.
func findWarnings(st feedState, zone *time.Location) (found []Warning) {
	if problem, remedy := dates.CompareZone(cmp.Or(zone, time.UTC), st.Offsets, st.Language); remedy != "" {
		found = append(found, Warning{problem, remedy})
	}
	if problem, remedy := st.SkippedAudio.Problem(); problem != "" {
		found = append(found, Warning{problem, remedy})
	}
	return found
}

// SkippedEnclosures are the enclosures of a response that cannot be episodes. Only one is kept as an example, because it is
// enough to find the fault.
type SkippedEnclosures struct {
	Count   int
	Example parse.SkippedAudio // its URL is shortened, without user info and query
}

func summarizeSkipped(skipped []parse.SkippedAudio) SkippedEnclosures {
	if len(skipped) == 0 {
		return SkippedEnclosures{}
	}
	example := skipped[0]
	if u, err := url.Parse(example.URL); err == nil {
		example.URL = feed.DisplayURL(u)
	}
	const longest = 300 // bytes: an address may be as long as the feed
	if len(example.URL) > longest {
		example.URL = strings.ToValidUTF8(example.URL[:longest], "") + "…"
	}
	return SkippedEnclosures{len(skipped), example}
}

// Problem counts the enclosures, describes the example, and names the remedy. It returns "" if there are none.
func (s SkippedEnclosures) Problem() (problem, remedy string) {
	if s.Count == 0 {
		return "", ""
	}
	problem = fmt.Sprintf("enclosures that are not episodes: %d, for example %q of type %q: %s",
		s.Count, s.Example.URL, s.Example.Type, s.Example.Reason)
	return problem, "publish audio as MP3, AAC or HLS, with https addresses and the right type in the feed"
}

// feedLanguage returns the most frequent language of a feed's posts, or otherwise if most posts do not state one.
func feedLanguage(entries []feed.Entry, otherwise string) string {
	languages, best := map[string]int{}, ""
	for _, e := range entries {
		languages[e.Language]++
	}
	for lang, count := range languages {
		if count > languages[best] || count == languages[best] && lang < best {
			best = lang
		}
	}
	return cmp.Or(best, otherwise)
}

// logWarnings logs each fault when it begins and when it ends. A fault keeps its remedy if its numbers change.
func (r *Refresher) logWarnings(old, current []Warning) {
	log := r.logger().With("feed", feed.DisplayURL(r.configured))
	for _, w := range current {
		if !slices.ContainsFunc(old, w.hasSameRemedy) {
			log.Warn("feed has a fault; serving its posts", "problem", w.Problem, "remedy", w.Remedy)
		}
	}
	for _, w := range old {
		if !slices.ContainsFunc(current, w.hasSameRemedy) {
			log.Info("feed fault ended", "was", w.Problem)
		}
	}
}

func (w Warning) hasSameRemedy(other Warning) bool { return w.Remedy == other.Remedy }
