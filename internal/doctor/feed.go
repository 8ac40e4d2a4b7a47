package doctor

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/archive"
	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/feed"
	"lastpost/internal/feed/crawl"
	"lastpost/internal/feed/dates"
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
	if err == nil && seen.posts > 0 {
		findings = append(findings, checkTimezone(skill, status), seen.checkDates(skill))
		findings = append(findings, seen.checkMedia(skill, status.SkippedAudio))
	}
	if err == nil {
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
	remedy, problem := status.Problem()
	switch {
	case err != nil:
		return Finding{Fail, name, err.Error(), feed.Remedy(err)}
	case problem != nil:
		return Finding{Warn, name, fmt.Sprintf("%s: %v", status.URL, problem), remedy}
	}
	message := fmt.Sprintf("%s, the newest of %s, from %s", countPosts(status.Posts), formatDay(status.Newest, skill), status.URL)
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
	withUserInfo                     []string // titles of posts with media whose address has a user or a password
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
	switch {
	case e.Published.IsZero():
		w.undated = append(w.undated, title)
	case e.Published.After(now):
		w.futureDated = append(w.futureDated, title)
	}
	image, audio := hasUserInfo(e.Image), hasUserInfo(e.Audio.URL)
	if image || audio {
		w.withUserInfo = append(w.withUserInfo, title)
	}
	if e.Image != "" {
		if w.images++; !image && !alexa.Playable(e.Image) {
			w.unusableImages = append(w.unusableImages, title)
		}
	}
	if e.Audio.URL != "" {
		if w.episodes++; !audio && !alexa.Playable(e.Audio.URL) {
			w.unusableEpisodes = append(w.unusableEpisodes, title)
		}
	}
}

func hasUserInfo(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.User != nil
}

// checkTimezone compares the skill's time zone with the UTC offsets in the feed.
func checkTimezone(skill config.Skill, status crawl.Status) Finding {
	message, remedy := dates.CompareZone(skill.Location(), status.Offsets, status.Language)
	if remedy == "" {
		return Finding{OK, "timezone " + skill.Name, message, ""}
	}
	return Finding{Warn, "timezone " + skill.Name, message, remedy}
}

func (w *entryCounter) checkDates(skill config.Skill) Finding {
	text := fmt.Sprintf("all %d posts in the feed have a valid date", w.posts)
	if w.posts == 1 {
		text = "the post in the feed has a valid date"
	}
	return combineFaults(Finding{OK, "dates " + skill.Name, text, ""},
		"set the dates in the blog: the skill tells no date of a post without one; the time of the poll replaces a date in the future",
		listPosts(w.undated, w.posts, " without a usable date"), listPosts(w.futureDated, w.posts, " with a date in the future"))
}

// checkMedia reports media that Alexa cannot load, because it requires HTTPS. Episodes whose host also offers https are
// not reported: the service uses the https address. It also reports audio that is not an episode, with one example.
func (w *entryCounter) checkMedia(skill config.Skill, skipped crawl.SkippedEnclosures) Finding {
	text := fmt.Sprintf("images: %d, episodes: %d", w.images, w.episodes)
	if w.images+w.episodes > 0 {
		text += ", all over https"
	}
	notEpisodes, remedy := skipped.Problem()
	if remedy == "" && len(w.unusableImages)+len(w.unusableEpisodes) > 0 {
		remedy = "serve them over https, and use https addresses in the feed"
	}
	if len(w.withUserInfo) > 0 {
		remedy = strings.TrimPrefix(remedy+"; use addresses without a user and a password in the feed", "; ")
	}
	return combineFaults(Finding{OK, "media " + skill.Name, text, ""}, remedy, notEpisodes,
		listPosts(w.withUserInfo, w.posts,
			" with a user or a password in the address of the image or the episode: Alexa refuses these addresses"),
		listPosts(w.unusableImages, w.images, " with an image that has no usable https address: Alexa shows only https images"),
		listPosts(w.unusableEpisodes, w.episodes, " with an episode that has no usable https address: Alexa plays only https audio"))
}

func countPosts(n int) string {
	if n == 1 {
		return "1 post"
	}
	return fmt.Sprintf("%d posts", n)
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
