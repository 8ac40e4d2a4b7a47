package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
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
	"lastpost/internal/phrases"
)

// checkSkill fetches the feed once, which shows the clock too, and the first page of older posts.
func (m MachineCheck) checkSkill(ctx context.Context, skill config.Skill, book *phrases.Catalog) []Finding {
	b, err := assembly.NewTransientBlog(ctx, skill, assembly.UserAgent(m.Config.EndpointURL(skill)), book, time.Now)
	if err != nil {
		return []Finding{{Fail, "feed " + skill.Name, err.Error(), ""}}
	}
	defer func() { _ = b.Archive.Close() }() // there is nothing in it that was to be kept
	seen := &entryCounter{Store: b.Archive}
	b.Refresher.Archive = seen
	err = b.Refresher.Poll(ctx)
	status := b.Refresher.Status()
	findings := []Finding{checkFeed(skill, status, err)}
	if err == nil {
		findings = append(findings, seen.checkDates(skill), seen.checkMedia(skill))
		findings = append(findings, checkHistory(ctx, b, cmp.Or(m.Pause, 2*time.Second)))
	}
	return append(findings, checkArchive(ctx, m.Config, skill), checkClock(skill, status))
}

func checkFeed(skill config.Skill, status crawl.Status, err error) Finding {
	name := "feed " + skill.Name
	switch {
	case err != nil:
		return Finding{Fail, name, err.Error(), ""}
	case status.Posts == 0:
		return Finding{Warn, name, status.URL + " is a feed without posts", "publish one"}
	}
	message := fmt.Sprintf("%d posts, the newest of %s, from %s", status.Posts,
		status.Newest.In(skill.Location()).Format(time.DateOnly), status.URL)
	if status.Discovered {
		message += ", which the page names"
	}
	return Finding{OK, name, message, ""}
}

// A witness sees the feed's posts before they are kept, as what is kept has been made good: each post has a date there.
type entryCounter struct {
	crawl.Store
	posts, images, episodes          int
	undated, futureDated             []string // titles
	unusableImages, unusableEpisodes []string // titles of those that Alexa does not show, or does not play
}

// Keep notes what the feed itself shows, and no page of older posts.
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
	return combineFaults(Finding{OK, "dates " + skill.Name, fmt.Sprintf("each of %d posts in the feed has one that has passed", w.posts), ""},
		"date them in the blog: the service takes the time at which it first sees such a post",
		listPosts(w.undated, w.posts, " without a usable date"), listPosts(w.futureDated, w.posts, " with a date that lies ahead"))
}

// checkMedia tells what Alexa cannot get at: she takes HTTPS alone. An episode whose host has it over https too is not
// among them, as the service takes it from there.
func (w *entryCounter) checkMedia(skill config.Skill) Finding {
	return combineFaults(Finding{OK, "media " + skill.Name, fmt.Sprintf("images: %d, episodes: %d, all over https", w.images, w.episodes), ""},
		"have them served over https, and say so in the feed",
		listPosts(w.unusableImages, w.images, " with an image at no usable https address: Alexa shows no other"),
		listPosts(w.unusableEpisodes, w.episodes, " with an episode at no usable https address: Alexa plays no other"))
}

// combineFaults warns of the faults that are not empty. Without one it returns well.
func combineFaults(well Finding, remedy string, faults ...string) Finding {
	if faults = slices.DeleteFunc(faults, func(fault string) bool { return fault == "" }); len(faults) > 0 {
		return Finding{Warn, well.Check, strings.Join(faults, "; "), remedy}
	}
	return well
}

// listPosts names a few of the posts that have a fault, if there are any.
func listPosts(titles []string, of int, fault string) string {
	const named = 3
	if len(titles) == 0 {
		return ""
	}
	text := fmt.Sprintf("%d of %d posts (%q", len(titles), of, titles[0])
	for _, title := range titles[1:min(named, len(titles))] {
		text += fmt.Sprintf(", %q", title)
	}
	if len(titles) > named {
		text += ", …"
	}
	return text + ")" + fault
}

// maxHistoryRequests is how many requests it takes to read the first page of older posts, whichever way there is: WordPress's own
// page, an API that refuses, and the page.
const maxHistoryRequests = 3

// checkHistory tries the way to the posts that are older than the feed shows, as far as their first page. It pauses between
// requests.
func checkHistory(ctx context.Context, b *assembly.Blog, pause time.Duration) Finding {
	name := "history " + b.Skill.Name
	if !b.Skill.History {
		return Finding{OK, name, "is turned off: only what the feed shows is kept", ""}
	}
	if b.Archive.Len() == 0 {
		return Finding{OK, name, "is looked for once the feed has posts", ""}
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
			return Finding{Warn, name, err.Error(), "the service tries again by itself"}
		}
	}
	older := b.Refresher.Status().Backfill
	if older.Source == "none" {
		return Finding{OK, name, older.Reason + "; others can be brought with: skill archive import FILE", ""}
	}
	oldest, _ := b.Archive.Oldest()
	return Finding{OK, name, fmt.Sprintf("%s; the first page has %d older posts, back to %s", older.Source, older.NewPosts,
		oldest.Published.In(b.Skill.Location()).Format(time.DateOnly)), ""}
}

// checkArchive looks into what the service has kept, beside the running service.
func checkArchive(ctx context.Context, c *config.Config, skill config.Skill) Finding {
	name, file := "archive "+skill.Name, assembly.ArchiveFile(c.DataDir, skill)
	if _, hidden := os.Stat(file); errors.Is(hidden, fs.ErrPermission) {
		return Finding{Warn, name, file + " is not for this user to see", runAsServiceUser}
	}
	posts, err := archive.View(ctx, file)
	if errors.Is(err, archive.ErrMissing) {
		return Finding{OK, name, file + " does not exist yet: the service makes it when it starts", ""}
	}
	if err != nil {
		return Finding{Fail, name, err.Error(), ""}
	}
	defer func() { _ = posts.Close() }() // it was only read
	if err := posts.CheckIntegrity(ctx); err != nil {
		return Finding{Fail, name, err.Error(), ""}
	}
	newest, some := posts.Latest()
	if !some {
		return Finding{Warn, name, file + " has no posts yet", "start the service"}
	}
	oldest, _ := posts.Oldest()
	zone := skill.Location()
	return Finding{OK, name, fmt.Sprintf("%d posts, from %s to %s, in %s; %s", posts.Len(),
		oldest.Published.In(zone).Format(time.DateOnly), newest.Published.In(zone).Format(time.DateOnly), file,
		backfillProgress(ctx, skill, posts)), ""}
}

// backfillProgress is how far the service has come with the posts that are older than the feed shows.
func backfillProgress(ctx context.Context, skill config.Skill, posts *archive.Archive) string {
	older, err := crawl.ReadBackfillStatus(ctx, posts)
	switch {
	case err != nil:
		return "how far the older posts have come is not known: " + err.Error()
	case !skill.History:
		return "older posts are not fetched, as history is false"
	case older.Source == "none":
		return older.Reason
	case older.Source == "":
		return "older posts were not looked for yet"
	case older.Done:
		return "older posts were fetched as far as possible: " + older.Reason
	case older.Reason != "":
		return "older posts are being fetched, and wait until " + older.Next.In(skill.Location()).Format(time.DateTime) + ": " + older.Reason
	}
	return fmt.Sprintf("older posts are being fetched, %d requests so far", older.Requests)
}
