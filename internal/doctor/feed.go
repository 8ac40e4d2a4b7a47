package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/archive"
	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/feed"
	"lastpost/internal/feed/crawl"
	"lastpost/internal/feed/parse"
	"lastpost/internal/phrases"
)

// checkSkill fetches the feed once, and the first page of older posts. The response also contains the server's time, which
// the clock check uses.
func (m MachineCheck) checkSkill(ctx context.Context, skill config.Skill, book *phrases.Catalog) []Finding {
	b, err := assembly.NewTransientBlog(ctx, skill, assembly.UserAgent(m.Config.EndpointURL(skill)), book, time.Now)
	if err != nil {
		return []Finding{{Fail, "feed " + skill.Name, err.Error(), ""}}
	}
	defer func() { _ = b.Archive.Close() }() // it is a temporary archive
	seen := &entryCounter{Store: b.Archive}
	b.Refresher.Archive = seen
	err = b.Refresher.Poll(ctx)
	status := b.Refresher.Status()
	if err == nil && status.Items == 0 {
		status = m.compareWithStored(ctx, skill, status)
	}
	findings := []Finding{checkFeed(skill, status, err)}
	if err == nil {
		findings = append(findings, checkTimezone(skill, status.Offsets, feedLanguage(seen.languages, skill)), seen.checkDates(skill))
		findings = append(findings, seen.checkMedia(skill, status.SkippedAudio))
		findings = append(findings, checkHistory(ctx, b, cmp.Or(m.Pause, 2*time.Second)))
	}
	return append(findings, checkArchive(ctx, m.Config, skill), checkClock(skill, status))
}

// compareWithStored adds to the status of an empty feed that the feed has lost its posts, if the running service has
// seen posts in it.
func (m MachineCheck) compareWithStored(ctx context.Context, skill config.Skill, status crawl.Status) crawl.Status {
	posts, err := archive.View(ctx, assembly.ArchiveFile(m.Config.DataDir, skill))
	if err != nil {
		return status // checkArchive reports this error
	}
	defer func() { _ = posts.Close() }() // the archive is open for reading only, so closing cannot lose data
	stored, err := crawl.ReadStatus(ctx, posts, string(skill.Feed))
	switch {
	case err != nil:
	case stored.Items > 0:
		status.LostSince, status.LostItems = status.LastSuccess, stored.Items
	default:
		status.LostSince, status.LostItems = stored.LostSince, stored.LostItems
	}
	return status
}

func checkFeed(skill config.Skill, status crawl.Status, err error) Finding {
	name := "feed " + skill.Name
	problem, remedy := status.Problem()
	switch {
	case err != nil:
		return Finding{Fail, name, err.Error(), feed.Remedy(err)}
	case problem != nil:
		return Finding{Warn, name, fmt.Sprintf("%s: %v", status.URL, problem), remedy}
	}
	message := fmt.Sprintf("%d posts, the newest of %s, from %s", status.Posts, formatDay(status.Newest, skill), status.URL)
	if status.Discovered {
		message += ", which the page links to"
	}
	return Finding{OK, name, message, ""}
}

// An entryCounter counts the faults of feed entries before they are stored. Stored posts do not show these faults: for
// example, each stored post has a date.
type entryCounter struct {
	crawl.Store
	posts, images, episodes          int
	undated, futureDated             []string // titles
	unusableImages, unusableEpisodes []string // titles of posts with media that Alexa does not show or play
	languages                        map[string]int
}

// Keep counts the entries of the feed itself. It ignores pages with older posts.
func (w *entryCounter) Keep(ctx context.Context, b feed.Batch) (feed.StoreResult, error) {
	if !b.Older {
		for _, e := range b.Entries {
			w.countEntry(e, b.Now)
		}
	}
	return w.Store.Keep(ctx, b)
}

func (w *entryCounter) countEntry(e feed.Entry, now time.Time) {
	title := cmp.Or(e.Title, e.Link, e.ID)
	w.posts++
	if w.languages == nil {
		w.languages = map[string]int{}
	}
	w.languages[e.Language]++
	switch {
	case e.Published.IsZero():
		w.undated = append(w.undated, title)
	case e.Published.After(now):
		w.futureDated = append(w.futureDated, title)
	}
	if e.Image != "" {
		if w.images++; !alexa.Playable(e.Image) {
			w.unusableImages = append(w.unusableImages, title)
		}
	}
	if e.Audio.URL != "" {
		if w.episodes++; !alexa.Playable(e.Audio.URL) {
			w.unusableEpisodes = append(w.unusableEpisodes, title)
		}
	}
}

func (w *entryCounter) checkDates(skill config.Skill) Finding {
	return combineFaults(Finding{OK, "dates " + skill.Name, fmt.Sprintf("all %d posts in the feed have a valid date", w.posts), ""},
		"set the dates in the blog: the skill tells no date of a post without one; the time of the poll replaces a date in the future",
		listPosts(w.undated, w.posts, " without a usable date"), listPosts(w.futureDated, w.posts, " with a date in the future"))
}

// checkMedia reports media that Alexa cannot load, because it requires HTTPS. Episodes whose host also offers https are
// not reported: the service uses the https address. It also reports audio that is not an episode, with one example.
func (w *entryCounter) checkMedia(skill config.Skill, skipped []parse.SkippedAudio) Finding {
	text := fmt.Sprintf("images: %d, episodes: %d", w.images, w.episodes)
	if w.images+w.episodes > 0 {
		text += ", all over https"
	}
	remedy := "serve them over https, and use https addresses in the feed"
	if len(skipped) > 0 {
		remedy = "publish audio as MP3, AAC or HLS, with https addresses and the right type in the feed"
	}
	return combineFaults(Finding{OK, "media " + skill.Name, text, ""}, remedy, listSkippedAudio(skipped),
		listPosts(w.unusableImages, w.images, " with an image that has no usable https address: Alexa shows only https images"),
		listPosts(w.unusableEpisodes, w.episodes, " with an episode that has no usable https address: Alexa plays only https audio"))
}

// listSkippedAudio returns a text that counts the audio that is not an episode, with one example, or "" if there is none.
func listSkippedAudio(skipped []parse.SkippedAudio) string {
	if len(skipped) == 0 {
		return ""
	}
	example := skipped[0]
	u, err := url.Parse(example.URL)
	if err == nil {
		example.URL = feed.DisplayURL(u)
	}
	return fmt.Sprintf("enclosures that are not episodes: %d, for example %q of type %q: %s", len(skipped), example.URL, example.Type,
		example.Reason)
}

// combineFaults returns a warning with all non-empty faults. If there are none, it returns ok.
func combineFaults(ok Finding, remedy string, faults ...string) Finding {
	if faults = slices.DeleteFunc(faults, func(fault string) bool { return fault == "" }); len(faults) > 0 {
		return Finding{Warn, ok.Check, strings.Join(faults, "; "), remedy}
	}
	return ok
}

// listPosts returns a text that states the fault and names up to three of its posts, or "" if there are none.
func listPosts(titles []string, total int, fault string) string {
	const named = 3
	if len(titles) == 0 {
		return ""
	}
	text := fmt.Sprintf("%d of %d posts (%q", len(titles), total, titles[0])
	for _, title := range titles[1:min(named, len(titles))] {
		text += fmt.Sprintf(", %q", title)
	}
	if len(titles) > named {
		text += ", …"
	}
	return text + ")" + fault
}

// maxHistoryRequests is the number of requests that are enough to read the first page of older posts from any source. The
// longest case has three: a WordPress page, an API that refuses, and the first page of older posts.
const maxHistoryRequests = 3

// checkHistory fetches the first page of older posts. It pauses between requests.
func checkHistory(ctx context.Context, b *assembly.Blog, pause time.Duration) Finding {
	name := "history " + b.Skill.Name
	if !b.Skill.History {
		return Finding{OK, name, "off: only posts in the feed are stored", ""}
	}
	if b.Archive.Len() == 0 {
		return Finding{OK, name, "not checked: the feed has no posts yet", ""}
	}
	for range maxHistoryRequests {
		if older := b.Refresher.Status().Backfill; older.Done || older.Started {
			break
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		if err := b.Refresher.Backfill(ctx); err != nil && b.Refresher.Status().Backfill.Reason != "" {
			break
		}
	}
	older := b.Refresher.Status().Backfill
	if problem, remedy := older.Problem(); problem != "" {
		return Finding{Warn, name, problem, remedy}
	}
	if older.Source == "none" {
		return Finding{OK, name, older.Reason + "; import others with: skill archive import FILE", ""}
	}
	oldest, _ := b.Archive.Oldest()
	return Finding{OK, name, fmt.Sprintf("%s; the first page has %d older posts, back to %s", older.Source, older.NewPosts,
		formatDay(oldest.Published, b.Skill)), ""}
}

// checkArchive checks the stored archive. The service may be running.
func checkArchive(ctx context.Context, c *config.Config, skill config.Skill) Finding {
	name, file := "archive "+skill.Name, assembly.ArchiveFile(c.DataDir, skill)
	if _, hidden := os.Stat(file); errors.Is(hidden, fs.ErrPermission) {
		return Finding{Warn, name, file + " is not readable by this user", runAsServiceUser}
	}
	posts, err := archive.View(ctx, file)
	if errors.Is(err, archive.ErrMissing) {
		return Finding{OK, name, file + " does not exist yet: the service creates it when it starts", ""}
	}
	if err != nil {
		return Finding{Fail, name, err.Error(), ""}
	}
	defer func() { _ = posts.Close() }() // the archive is open for reading only, so closing cannot lose data
	if err := posts.CheckIntegrity(ctx); err != nil {
		return Finding{Fail, name, err.Error(), ""}
	}
	newest, some := posts.Latest()
	if !some {
		return Finding{Warn, name, file + " has no posts yet", "start the service"}
	}
	stored, err := crawl.ReadStatus(ctx, posts, string(skill.Feed))
	if err != nil {
		return Finding{Warn, name, "the state of the feed is unknown: " + err.Error(), "restart the service: it polls the feed again"}
	}
	oldest, _ := posts.Oldest()
	text := fmt.Sprintf("%d posts, from %s to %s, in %s; ", posts.Len(), formatDay(oldest.Published, skill),
		formatDay(newest.ExactDate(), skill), file)
	if problem, remedy := stored.Backfill.Problem(); problem != "" && skill.History {
		next := stored.Backfill.Next.In(skill.Location()).Format(time.DateTime)
		return Finding{Warn, name, text + problem + "; next attempt: " + next, remedy}
	}
	return Finding{OK, name, text + backfillProgress(skill, stored.Backfill), ""}
}

// formatDay returns the day of a date in the blog's time zone. The zero date is unknown.
func formatDay(date time.Time, skill config.Skill) string {
	if date.IsZero() {
		return "an unknown date"
	}
	return date.In(skill.Location()).Format(time.DateOnly)
}

// backfillProgress describes the state of a backfill without a problem.
func backfillProgress(skill config.Skill, older crawl.BackfillStatus) string {
	switch {
	case !skill.History:
		return "older posts are not fetched because history is false"
	case older.Source == "none":
		return older.Reason
	case older.Source == "":
		return "the backfill of older posts has not started"
	case older.Done:
		return "the backfill of older posts is done: " + older.Reason
	case time.Until(older.Next) > time.Hour:
		return "the backfill of older posts continues at " + older.Next.In(skill.Location()).Format(time.DateTime)
	}
	return fmt.Sprintf("older posts are being fetched, %d requests so far", older.Requests)
}
