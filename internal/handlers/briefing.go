package handlers

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/phrases"
	"lastpost/internal/speech"
)

// Bounds of a flash briefing (Amazon: "Flash Briefing Skill API Feed Reference"): five items, and texts of 4,500
// characters, of which a title takes 600 at the most.
const (
	maxBriefingItems = 5
	maxBriefingText  = 3800
)

// briefingTimeout is how long the archive may take to give what a briefing is made of.
const briefingTimeout = 5 * time.Second

// A Briefing is the feed of a flash briefing skill: a blog's newest posts as plain text, or as their episodes. It is
// another type of skill, which Amazon fetches unsigned: whoever asks gets it, as it says nothing that the blog does not.
// It is made once for each change of the archive, however often it is asked for.
type Briefing struct {
	Responder *Responder
	Locale    string // in which it is read

	latest     atomic.Pointer[edition]
	building   sync.Mutex // holds what follows
	lastFailed bool       // the last time
}

// An edition is a briefing as it was at a generation of the archive.
type edition struct {
	generation uint64
	body       []byte // nil: there are no posts
	etag       string
	modified   time.Time // when the body became another
}

// A briefed post, as Amazon reads it. An item has either a text or a stream. How long a stream takes is not known: Amazon
// takes ten minutes of it.
type briefingItem struct {
	UID            string `json:"uid"`
	UpdateDate     string `json:"updateDate"`
	TitleText      string `json:"titleText"`
	MainText       string `json:"mainText"`
	StreamURL      string `json:"streamUrl,omitempty"`
	RedirectionURL string `json:"redirectionUrl,omitempty"`
}

// ServeHTTP answers GET and HEAD, and with 304 whoever knows it already. Without posts there is nothing that Amazon would
// take for a feed, not even an empty one: it is to come again.
func (b *Briefing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := b.currentEdition(r.Context())
	if now == nil || now.body == nil {
		w.Header().Set("Retry-After", "60")
		http.Error(w, "there are no posts yet", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("ETag", now.etag)
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Set("Cache-Control", "no-cache") // ask whether it is still so
	changed := now.modified
	if b.Responder.Now().Sub(changed) < time.Second {
		changed = time.Time{} // it may change again within the second, which a date could not tell (RFC 9110, section 8.8.2.2)
	}
	http.ServeContent(w, r, "", changed, bytes.NewReader(now.body))
}

// currentEdition gives the briefing as the archive is now; nil where it cannot be made. While another request makes it, and where
// the disk does not give what it takes, the one before is better than none.
func (b *Briefing) currentEdition(ctx context.Context) *edition {
	last := b.latest.Load()
	if last != nil && last.generation == b.Responder.Posts.Generation() {
		return last
	}
	if last == nil {
		b.building.Lock()
	} else if !b.building.TryLock() {
		return last
	}
	defer b.building.Unlock()
	if last = b.latest.Load(); last != nil && last.generation == b.Responder.Posts.Generation() || ctx.Err() != nil {
		return last // it was made while this request waited, or nobody waits any more
	}
	return b.renewed(ctx, last)
}

// renewed makes an edition, to its end also for a request that is given up: whoever goes away must not hinder those who stay.
func (b *Briefing) renewed(ctx context.Context, last *edition) *edition {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), briefingTimeout)
	defer cancel()
	next := &edition{generation: b.Responder.Posts.Generation()}
	body, err := b.buildFeed(ctx)
	if err != nil {
		if !b.lastFailed { // anybody may ask, and as often as he likes: it is said once
			b.Responder.logReadError(ctx, "making the briefing", err)
		}
		b.lastFailed = true
		return last
	}
	b.lastFailed = false
	if next.body, next.modified = body, b.Responder.Now(); last != nil && bytes.Equal(body, last.body) {
		next.modified = last.modified
	}
	sum := sha256.Sum256(body)
	next.etag = `"` + hex.EncodeToString(sum[:16]) + `"`
	b.latest.Store(next)
	return next
}

func (b *Briefing) buildFeed(ctx context.Context) ([]byte, error) {
	var items []briefingItem
	for _, post := range b.Responder.Posts.Range(feed.Filter{}, 0, maxBriefingItems) {
		e, ok, err := b.Responder.Store.Entry(ctx, post.ID)
		if err != nil {
			return nil, err
		}
		if ok {
			items = append(items, b.buildItem(e))
		}
	}
	if items == nil {
		return nil, nil
	}
	return json.Marshal(items)
}

func (b *Briefing) buildItem(e feed.Entry) briefingItem {
	text := speech.Parse(e.Content, speech.Announcements{})
	title, main := speakableTitle(e.Post), text.Excerpt(maxBriefingText)
	switch {
	case title != "": // Amazon reads the text alone, without the title
		main = strings.TrimSpace(endSentence(title) + " " + main)
	case main != "":
		title = text.Excerpt(maxOpening)
	default:
		title = b.Responder.Book.Language(b.Locale).Say(phrases.Untitled, phrases.Params{})
		main = endSentence(title)
	}
	item := briefingItem{
		UID: itemUUID(e.ID), UpdateDate: e.Published.UTC().Format("2006-01-02T15:04:05.0Z"), TitleText: title, RedirectionURL: e.Link,
	}
	if alexa.Playable(e.Audio.URL) && (e.Audio.Type == "audio/mpeg" || e.Audio.Type == "audio/mp3") {
		item.StreamURL = e.Audio.URL
		return item
	}
	item.MainText = main
	return item
}

// itemUUID makes a post's id a UUID (RFC 9562, version 8: of a hash of one's own choosing), as Amazon recommends.
func itemUUID(id string) string {
	sum := sha256.Sum256([]byte(id))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
