// Package transfer imports posts into an archive from a feed file or from JSON lines, and exports them as JSON lines.
package transfer

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode/utf8"

	strict "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"lastpost/internal/archive"
	"lastpost/internal/feed"
)

// maxLine bounds a line, in bytes. Even the largest post fits if JSON escapes each of its bytes to six bytes.
const maxLine = 2 << 20

// Export writes all posts as JSON lines, newest first.
func Export(ctx context.Context, w io.Writer, posts *archive.Archive) error {
	out := bufio.NewWriterSize(w, 64<<10)
	for e, err := range posts.Entries(ctx) {
		if err == nil {
			err = writeLine(out, e)
		}
		if err != nil {
			return errors.Join(out.Flush(), err)
		}
	}
	return out.Flush()
}

// writeLine writes one post.
func writeLine(out io.Writer, e feed.Entry) error {
	line, err := e.JSONLine()
	if err == nil {
		_, err = out.Write(line)
	}
	return err
}

// parseDating returns the kind of date with a name.
func parseDating(name string) (feed.DateKind, error) {
	for kind, known := range feed.DateKindNames() {
		if known == name {
			return kind, nil
		}
	}
	return 0, fmt.Errorf(`dating %.40q is not "first seen", "estimated" or "unknown"`, name)
}

// numberedEntry is a post with its line number.
type numberedEntry struct {
	feed.Entry
	line int
}

// readLines yields the posts of a file, sanitized by Validate. It stops after the first error, which names the line.
func readLines(in io.Reader) iter.Seq2[numberedEntry, error] {
	return func(yield func(numberedEntry, error) bool) {
		scanner := bufio.NewScanner(in)
		scanner.Buffer(nil, maxLine+len("\r\n"))
		number := 0
		for scanner.Scan() {
			number++
			line := scanner.Bytes()
			if number == 1 {
				line = bytes.TrimPrefix(line, []byte("\ufeff"))
			}
			if len(bytes.TrimSpace(line)) == 0 {
				continue
			}
			e, err := parseLine(line)
			if !yield(numberedEntry{e, number}, withLineNumber(number, err)) || err != nil {
				return
			}
		}
		err := scanner.Err()
		if errors.Is(err, bufio.ErrTooLong) {
			err = fmt.Errorf("is longer than %d MiB", maxLine>>20)
		}
		if err != nil {
			yield(numberedEntry{}, withLineNumber(number+1, err))
		}
	}
}

func withLineNumber(number int, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("line %d: %w", number, err)
}

func parseLine(line []byte) (feed.Entry, error) {
	if !utf8.Valid(line) {
		return feed.Entry{}, errors.New("is not UTF-8")
	}
	var p feed.JSONLine
	if err := decodeLine(line, &p); err != nil {
		return feed.Entry{}, err
	}
	e := feed.Entry{
		Post: feed.Post{ID: p.ID, Title: p.Title, Link: p.Link}, Content: p.Content,
		Authors: p.Authors, Categories: p.Categories, Image: p.Image, Audio: feed.Audio(p.Audio), Language: p.Language,
	}
	if p.Published != "" {
		if err := e.Published.UnmarshalText([]byte(p.Published)); err != nil {
			return feed.Entry{}, fmt.Errorf("published %.40q is not an RFC 3339 date and time such as 2026-03-14T09:26:53Z", p.Published)
		}
	}
	var err error
	if e.DateKind, err = parseDating(p.Dating); err != nil {
		return feed.Entry{}, err
	}
	return e.Validate()
}

// decodeLine reads one JSON object. It refuses duplicate keys and unknown keys. A key in another letter case is unknown.
func decodeLine(line []byte, into *feed.JSONLine) error {
	decoder := jsontext.NewDecoder(bytes.NewReader(line), jsontext.AllowInvalidUTF8(true)) // "\ud800" becomes U+FFFD
	if decoder.PeekKind() != '{' {
		return errors.New("is not a JSON object")
	}
	if err := strict.UnmarshalDecode(decoder, into, strict.RejectUnknownMembers(true)); err != nil {
		return describeJSONError(err)
	}
	if _, err := decoder.ReadToken(); !errors.Is(err, io.EOF) {
		return errors.New("has more than one JSON object")
	}
	return nil
}

// describeJSONError returns an error text for the operator, without the names of Go types.
func describeJSONError(err error) error {
	semantic, _ := errors.AsType[*strict.SemanticError](err)
	syntax, _ := errors.AsType[*jsontext.SyntacticError](err)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("is cut off: each post must be on one line")
	case errors.Is(err, strict.ErrUnknownName):
		return fmt.Errorf("unknown key %.40q", semantic.JSONPointer.LastToken())
	case errors.Is(err, jsontext.ErrDuplicateName):
		return fmt.Errorf("key %q occurs twice", syntax.JSONPointer.LastToken())
	case semantic != nil:
		kind := strings.NewReplacer("[", "array", "{", "object").Replace(semantic.JSONKind.String())
		return fmt.Errorf("%s must not be of the type %s", strings.TrimPrefix(string(semantic.JSONPointer), "/"), kind)
	}
	return errors.New(strings.TrimPrefix(err.Error(), "jsontext: "))
}
