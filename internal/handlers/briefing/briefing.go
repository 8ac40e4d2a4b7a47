// Package briefing serves the feed of a flash briefing skill. It is not part of the conversation.
package briefing

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/rendering"
	"lastpost/internal/phrases"
	"lastpost/internal/speech"
)

// Limits of a flash briefing (Amazon: "Flash Briefing Skill API Feed Reference"): five items, and 4,500 characters per
// text. A title takes at most 600 of them.
const (
	maxItems = 5
	maxText  = 3800
)

// buildTimeout limits the archive reads for one briefing.
const buildTimeout = 5 * time.Second

// A Briefing is the feed of a flash briefing skill. It has the blog's newest posts as plain text or as episodes. Amazon
// fetches the feed without a signature, so anyone can read it. So the feed contains only public posts. ServeHTTP builds
// the feed once per change of the archive, so that many requests cost little. All exported fields are required.
type Briefing struct {
	Posts    Index
	Store    EntryStore
	Language *phrases.Language // of the feed's texts
	Now      func() time.Time
	Log      *slog.Logger

	latest     atomic.Pointer[edition]
	building   sync.Mutex // guards lastFailed and serializes builds
	lastFailed bool       // the last build failed
}

// An Index lists the posts, newest first. It does not read from disk.
type Index interface {
	// Range returns the posts that f selects. It leaves out the first skip posts and returns at most limit.
	Range(f feed.Filter, skip, limit int) []feed.Post
	// Generation changes whenever a post or its content changes.
	Generation() uint64
}

// An EntryStore holds the contents of the posts on disk.
type EntryStore interface {
	// Entry returns a post with its content, or false if the store does not have a post with this id.
	Entry(ctx context.Context, id string) (e feed.Entry, ok bool, err error)
	// FirstSeen returns when the store got a post, or zero if it does not know that.
	FirstSeen(ctx context.Context, id string) (time.Time, error)
}

// An edition is the briefing's feed, built from the archive as it was after one change.
type edition struct {
	generation uint64
	body       []byte // nil if the blog does not have posts
	etag       string
	modified   time.Time // time when the body last changed
}

// A feedItem is a post in Amazon's format. A feedItem has either a text or a stream. The duration of the stream
// is unknown, but Amazon plays at most ten minutes of it.
type feedItem struct {
	UID            string `json:"uid"`
	UpdateDate     string `json:"updateDate"`
	TitleText      string `json:"titleText"`
	MainText       string `json:"mainText"`
	StreamURL      string `json:"streamUrl,omitempty"`
	RedirectionURL string `json:"redirectionUrl,omitempty"`
}

// ServeHTTP answers GET and HEAD. The answer is 304 if the client already has the current ETag or date. If the blog
// does not have posts, or no edition could be built yet, the answer is 503, because Amazon does not accept an empty
// feed.
func (b *Briefing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	current := b.currentEdition(r.Context())
	if current == nil || current.body == nil {
		w.Header().Set("Retry-After", "60")
		http.Error(w, "no posts yet", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("ETag", current.etag)
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Set("Cache-Control", "no-cache") // clients must revalidate
	modified := current.modified
	if b.Now().Sub(modified) < time.Second {
		modified = time.Time{} // a change within the same second would not change Last-Modified (RFC 9110, section 8.8.2.2)
	}
	http.ServeContent(w, r, "", modified, bytes.NewReader(current.body))
}

// currentEdition returns the edition of the current archive. If another request is building that edition or the disk
// fails, it returns the previous edition, or nil if there is none.
func (b *Briefing) currentEdition(ctx context.Context) *edition {
	last := b.latest.Load()
	if last != nil && last.generation == b.Posts.Generation() {
		return last
	}
	if last == nil {
		b.building.Lock()
	} else if !b.building.TryLock() {
		return last
	}
	defer b.building.Unlock()
	if last = b.latest.Load(); last != nil && last.generation == b.Posts.Generation() || ctx.Err() != nil {
		return last // another request built the edition, or this client disconnected
	}
	return b.buildEdition(ctx, last)
}

// buildEdition builds the edition of the current archive. Cancellation of the request does not abort the build, because
// other clients wait for it.
func (b *Briefing) buildEdition(ctx context.Context, last *edition) *edition {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), buildTimeout)
	defer cancel()
	next := &edition{generation: b.Posts.Generation()}
	body, err := b.buildFeed(ctx)
	if err != nil {
		if !b.lastFailed { // log a failure once, so that repeated requests do not fill the log
			b.Log.WarnContext(ctx, "archive read failed", "operation", "build briefing", "error", err)
		}
		b.lastFailed = true
		return last
	}
	b.lastFailed = false
	if next.body, next.modified = body, b.Now(); last != nil && bytes.Equal(body, last.body) {
		next.modified = last.modified
	}
	sum := sha256.Sum256(body)
	next.etag = `"` + hex.EncodeToString(sum[:16]) + `"`
	b.latest.Store(next)
	return next
}

func (b *Briefing) buildFeed(ctx context.Context) ([]byte, error) {
	var items []feedItem
	var previous time.Time
	for _, post := range b.Posts.Range(feed.Filter{}, 0, maxItems) {
		e, ok, err := b.Store.Entry(ctx, post.ID)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		if previous, err = b.updateTime(ctx, e.Post, previous); err != nil {
			return nil, err
		}
		items = append(items, b.buildItem(e, previous))
	}
	if items == nil {
		return nil, nil
	}
	return json.Marshal(items)
}

// updateTime returns the time of an item, which Amazon requires, for the order of the items. For a post whose date is
// unknown, it is the time when the archive got the post, but before the time of the previous item.
func (b *Briefing) updateTime(ctx context.Context, p feed.Post, previous time.Time) (time.Time, error) {
	if p.DateKind != feed.DateUnknown {
		return p.Published, nil
	}
	at, err := b.Store.FirstSeen(ctx, p.ID)
	if !previous.IsZero() && !at.Before(previous) {
		at = previous.Add(-time.Second)
	}
	return at, err
}

func (b *Briefing) buildItem(e feed.Entry, at time.Time) feedItem {
	formula := b.Language.Say(phrases.Formula, phrases.Params{})
	// A sentence needs a word for a formula.
	text := speech.Parse(e.Content, speech.Announcements{Formula: formula}).WithoutTitle(e.Title)
	title, main := rendering.SpeakableTitle(e.Post), text.Excerpt(maxText)
	switch {
	case title != "": // Amazon speaks only the text, without the title
		main = strings.TrimSpace(rendering.EndSentence(title) + " " + main)
	case main != "":
		title = text.Excerpt(rendering.MaxOpening)
	default:
		title = b.Language.Say(phrases.Untitled, phrases.Params{})
		main = rendering.EndSentence(title)
	}
	item := feedItem{
		UID: itemUUID(e.ID), UpdateDate: at.UTC().Format("2006-01-02T15:04:05.0Z"), TitleText: title, RedirectionURL: e.Link,
	}
	if alexa.Playable(e.Audio.URL) && (e.Audio.Type == "audio/mpeg" || e.Audio.Type == "audio/mp3") {
		item.StreamURL = e.Audio.URL
		return item
	}
	item.MainText = main
	return item
}

// itemUUID derives a UUID from a post's id (RFC 9562, version 8), as Amazon recommends.
func itemUUID(id string) string {
	sum := sha256.Sum256([]byte(id))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
