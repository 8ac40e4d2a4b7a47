package handlers

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/phrases"
	"lastpost/internal/speech"
)

// Bounds of a flash briefing (Amazon: "Flash Briefing Skill API Feed Reference"): five items, and texts of 4,500
// characters, of which a title takes 300 at the most.
const (
	briefedPosts = 5
	briefedText  = 4000
)

// A Briefing is the feed of a flash briefing skill: a blog's newest posts as plain text, or as their episodes. It is
// another type of skill, which Amazon fetches unsigned: whoever asks gets it, as it says nothing that the blog does not.
type Briefing struct {
	Skill  *Skill
	Locale string // in which it is read

	mu         sync.Mutex
	generation uint64
	built      bool
	body       []byte
	changed    time.Time // when the body became another
}

// A briefed post, as Amazon reads it. An item has either a text or a stream.
type briefed struct {
	UID            string `json:"uid"`
	UpdateDate     string `json:"updateDate"`
	TitleText      string `json:"titleText"`
	MainText       string `json:"mainText"`
	StreamURL      string `json:"streamUrl,omitempty"`
	RedirectionURL string `json:"redirectionUrl,omitempty"`
}

// ServeHTTP answers GET and HEAD, and with 304 whoever knows it already. Without posts there is nothing that Amazon would
// take for a feed: it is to come again.
func (b *Briefing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, changed, err := b.feed(r.Context())
	if err != nil {
		b.Skill.Log.WarnContext(r.Context(), "the archive cannot be read", "while", "making the briefing", "error", err)
	}
	if err != nil || body == nil {
		w.Header().Set("Retry-After", "60")
		http.Error(w, "there are no posts yet", http.StatusServiceUnavailable)
		return
	}
	sum := sha256.Sum256(body)
	w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:16])+`"`)
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Set("Cache-Control", "no-cache") // ask whether it is still so
	http.ServeContent(w, r, "", changed, bytes.NewReader(body))
}

// feed gives the JSON, nil where there are no posts, and since when it has been this. It is made once for each change of
// the archive, however often it is asked for.
func (b *Briefing) feed(ctx context.Context) ([]byte, time.Time, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	generation := b.Skill.Posts.Generation()
	if b.built && generation == b.generation {
		return b.body, b.changed, nil
	}
	body, err := b.build(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	if !bytes.Equal(body, b.body) {
		b.body, b.changed = body, b.Skill.Now()
	}
	b.generation, b.built = generation, true
	return b.body, b.changed, nil
}

func (b *Briefing) build(ctx context.Context) ([]byte, error) {
	var items []briefed
	for _, post := range b.Skill.Posts.Range(time.Time{}, time.Time{}, 0, briefedPosts) {
		e, ok, err := b.Skill.Posts.Entry(ctx, post.ID)
		if err != nil {
			return nil, err
		}
		if ok {
			items = append(items, b.item(e))
		}
	}
	if items == nil {
		return nil, nil
	}
	return json.Marshal(items)
}

func (b *Briefing) item(e feed.Entry) briefed {
	language := b.Skill.Book.Language(b.Locale)
	title := cmp.Or(shorten(alexa.Say(e.Title).Plain()), language.Say(phrases.Untitled, phrases.Words{}))
	item := briefed{
		UID: uid(e.ID), UpdateDate: e.Published.UTC().Format("2006-01-02T15:04:05.0Z"), TitleText: title, RedirectionURL: e.Link,
	}
	if s := (&story{audio: e.Audio}); s.playable() && (e.Audio.Type == "audio/mpeg" || e.Audio.Type == "audio/mp3") {
		item.StreamURL = e.Audio.URL
		return item
	}
	// Amazon reads the text alone, without the title.
	item.MainText = strings.TrimSpace(sentence(title) + " " + speech.Parse(e.Content, speech.Asides{}).Excerpt(briefedText))
	return item
}

// uid makes a post's id a UUID (RFC 9562, version 8: of a hash of one's own choosing), as Amazon recommends.
func uid(id string) string {
	sum := sha256.Sum256([]byte(id))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
