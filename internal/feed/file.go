package feed

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"
)

// IsFeed tells whether what a file holds is a feed. Where it is not, it is JSON of another kind, such as JSON lines; the
// error is ErrNotFeed where it is neither.
func IsFeed(r io.Reader) (bool, error) {
	src := decoded(r, "")
	f, err := fileForm(src)
	if err != nil || f == formXML {
		return err == nil, err
	}
	return isJSONFeed(newJSONWalk(src)), nil
}

// Read reads a feed that lies in a file, of any kind that is fetched too, and within the same bounds: 10 MiB, and of more
// than 10,000 posts the newest. Each post is there once, as far as its ID tells. What is relative is resolved against
// base. Its error is of one of the kinds of this package, or that of ctx.
func Read(ctx context.Context, r io.Reader, base *url.URL, now time.Time) ([]Entry, error) {
	src := decoded(&bounded{ctx: ctx, body: r}, "")
	f, err := fileForm(src)
	if err != nil {
		return nil, cmp.Or(ctx.Err(), err)
	}
	own := *base
	own.User = nil
	doc, err := parse(ctx, src, f, &own, now)
	if err != nil {
		return nil, cmp.Or(ctx.Err(), err)
	}
	seen := make(map[string]bool, len(doc.entries))
	var once []Entry
	for _, e := range doc.entries {
		if !seen[e.ID] {
			once = append(once, e)
		}
		seen[e.ID] = true
	}
	return once, nil
}

// fileForm is formXML or formJSON, or an error.
func fileForm(src *bufio.Reader) (form, error) {
	prefix, err := src.Peek(sniffSize)
	if len(prefix) == 0 && !errors.Is(err, io.EOF) {
		return formEmpty, err
	}
	switch f := sniff(prefix); f {
	case formXML, formJSON:
		return f, nil
	case formEmpty:
		return f, fail(ErrNotFeed, nil, "is empty")
	case formPage:
		return f, fail(ErrNotFeed, nil, "is a web page, and neither a feed nor JSON lines")
	default:
		return f, fail(ErrNotFeed, nil, "is neither a feed nor JSON lines")
	}
}

// isJSONFeed looks at the first object alone. One that cannot be read is none: whoever reads lines says what is wrong.
func isJSONFeed(w *jsonWalk) (is bool) {
	_, _ = w.object(func(key string) error {
		if key == "items" {
			is = true
			return io.EOF // that is enough
		}
		text, err := w.text()
		if key == "version" && strings.HasPrefix(text, "https://jsonfeed.org/") {
			is = true
			return io.EOF
		}
		return err
	})
	return is
}

// Clean makes of what somebody wrote an Entry such as this package reads, as Bounded does. Title and categories are plain
// text, in which it looks for no markup. Its error names a field that a feed would lose silently: whoever wrote it can
// mend it.
func (e Entry) Clean() (Entry, error) {
	if strings.TrimSpace(e.ID) == "" {
		return Entry{}, errors.New("id is missing")
	}
	if e.Language != "" && languageTag(e.Language) == "" {
		return Entry{}, fmt.Errorf("language %.40q is no language tag such as en-GB", e.Language)
	}
	err := cmp.Or(checkDate(e.Published), checkAddress("link", e.Link), checkAddress("image", e.Image), checkAudio(e.Audio))
	if err != nil {
		return Entry{}, err
	}
	return e.Bounded(), nil
}

// checkDate refuses what a missing date becomes, as claimed does.
func checkDate(t time.Time) error {
	switch {
	case t.IsZero():
		return errors.New("published is missing")
	case t.Year() <= 1 || isEpoch(t):
		return fmt.Errorf("published %s is what a missing date becomes", t.Format(time.RFC3339))
	}
	return nil
}

func checkAddress(field, stated string) error {
	if stated == "" || absolute(nil, stated) != "" {
		return nil
	}
	return fmt.Errorf("%s %.80q is no http or https address of at most %d bytes", field, stated, maxLink)
}

func checkAudio(a Audio) error {
	switch {
	case a == (Audio{}):
		return nil
	case a.URL == "":
		return errors.New("audio.url is missing")
	case audioType(a.Type, a.URL) == "":
		return fmt.Errorf("audio.type %.40q is none that Alexa plays, such as audio/mpeg", a.Type)
	}
	return checkAddress("audio.url", a.URL)
}

// maxPlainTitle bounds a title that is plain text, in bytes. An entity may be a little shorter than what it means.
const maxPlainTitle = 2 * maxTitle

// clipped is one line of at most so many bytes.
func clipped(s string, most int) string {
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return oneLine(s)
}
