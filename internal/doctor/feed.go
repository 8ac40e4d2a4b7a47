package doctor

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/feed"
	"lastpost/internal/feed/crawl"
	"lastpost/internal/phrases"
)

// checkSkill fetches the feed once, which shows the clock too, and the first page of older posts.
func (m Machine) checkSkill(ctx context.Context, skill config.Skill, book *phrases.Book) []Finding {
	b, err := assembly.NewTransientBlog(ctx, skill, assembly.UserAgent(m.Config.Endpoint(skill)), book, time.Now)
	if err != nil {
		return []Finding{{Fail, "feed " + skill.Name, err.Error(), ""}}
	}
	defer func() { _ = b.Archive.Close() }() // there is nothing in it that was to be kept
	seen := &witness{Keeper: b.Archive}
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
type witness struct {
	crawl.Keeper
	posts, images, episodes int
	undated, ahead          []string // titles
	darkImages, muted       []string // titles of those that Alexa does not show, or does not play
}

// Keep notes what the feed itself shows, and no page of older posts.
func (w *witness) Keep(ctx context.Context, b feed.Batch) (feed.Kept, error) {
	if !b.Older {
		for _, e := range b.Entries {
			w.see(e, b.Now)
		}
	}
	return w.Keeper.Keep(ctx, b)
}

func (w *witness) see(e feed.Entry, now time.Time) {
	title := cmp.Or(e.Title, e.Link, e.ID)
	w.posts++
	switch {
	case e.Published.IsZero():
		w.undated = append(w.undated, title)
	case e.Published.After(now):
		w.ahead = append(w.ahead, title)
	}
	if e.Image != "" {
		if w.images++; !alexa.Playable(e.Image) {
			w.darkImages = append(w.darkImages, title)
		}
	}
	if e.Audio.URL != "" {
		if w.episodes++; !alexa.Playable(e.Audio.URL) {
			w.muted = append(w.muted, title)
		}
	}
}

func (w *witness) checkDates(skill config.Skill) Finding {
	name := "dates " + skill.Name
	var faults []string
	if len(w.undated) > 0 {
		faults = append(faults, some(w.undated, w.posts)+" without a usable date")
	}
	if len(w.ahead) > 0 {
		faults = append(faults, some(w.ahead, w.posts)+" with a date that lies ahead")
	}
	if len(faults) > 0 {
		return Finding{Warn, name, strings.Join(faults, "; "),
			"date them in the blog: the service takes the time at which it first sees such a post"}
	}
	return Finding{OK, name, fmt.Sprintf("each of %d posts in the feed has one that has passed", w.posts), ""}
}

// checkMedia tells what Alexa cannot get at: she takes HTTPS alone. An episode whose host has it over https too is not
// among them, as the service takes it from there.
func (w *witness) checkMedia(skill config.Skill) Finding {
	name := "media " + skill.Name
	var faults []string
	if len(w.darkImages) > 0 {
		faults = append(faults, some(w.darkImages, w.images)+" with an image at no usable https address: Alexa shows no other")
	}
	if len(w.muted) > 0 {
		faults = append(faults, some(w.muted, w.episodes)+" with an episode at no usable https address: Alexa plays no other")
	}
	if len(faults) > 0 {
		return Finding{Warn, name, strings.Join(faults, "; "), "have them served over https, and say so in the feed"}
	}
	return Finding{OK, name, fmt.Sprintf("images: %d, episodes: %d, all over https", w.images, w.episodes), ""}
}

// some names a few of the posts.
func some(titles []string, of int) string {
	const named = 3
	text := fmt.Sprintf("%d of %d posts (%q", len(titles), of, titles[0])
	for _, title := range titles[1:min(named, len(titles))] {
		text += fmt.Sprintf(", %q", title)
	}
	if len(titles) > named {
		text += ", …"
	}
	return text + ")"
}
