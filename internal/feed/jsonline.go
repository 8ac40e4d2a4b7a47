package feed

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"
)

// JSONLine is an entry as a line of an export. Lines have the fields in this order.
type JSONLine struct {
	ID         string    `json:"id"`
	Title      string    `json:"title,omitempty"`
	Link       string    `json:"link,omitempty"`
	Published  string    `json:"published,omitempty"`
	Dating     string    `json:"dating,omitempty"`
	Content    string    `json:"content,omitempty"`
	Authors    []string  `json:"authors,omitempty"`
	Categories []string  `json:"categories,omitempty"`
	Image      string    `json:"image,omitempty"`
	Audio      JSONAudio `json:"audio,omitzero"`
	Language   string    `json:"language,omitempty"`
}

// JSONAudio is the audio of a JSONLine.
type JSONAudio struct {
	URL  string `json:"url"`
	Type string `json:"type"`
}

// JSONLine returns the entry as one line of JSON, with a line feed.
func (e Entry) JSONLine() ([]byte, error) {
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(JSONLine{
		ID: e.ID, Title: e.Title, Link: e.Link, Published: formatDate(e.Post), Dating: DateKindNames()[e.DateKind], Content: e.Content,
		Authors: e.Authors, Categories: e.Categories, Image: e.Image, Audio: JSONAudio(e.Audio), Language: e.Language,
	})
	return escapeControls(line.Bytes()), err
}

// formatDate returns the date of a post, or "" if it is unknown.
func formatDate(p Post) string {
	if p.DateKind == DateUnknown {
		return ""
	}
	return p.Published.UTC().Format(time.RFC3339)
}

// DateKindNames returns the names of the kinds of dates in a JSONLine. The feed's own date does not have a name.
func DateKindNames() map[DateKind]string {
	return map[DateKind]string{DateStated: "", DateFirstSeen: "first seen", DateEstimated: "estimated", DateUnknown: "unknown"}
}

// escapeControls escapes control characters that JSON allows unescaped, because some terminals interpret them. In JSON,
// these characters occur only in strings.
func escapeControls(line []byte) []byte {
	isControl := func(r rune) bool { return 0x7f <= r && r <= 0x9f }
	if !bytes.ContainsFunc(line, isControl) {
		return line
	}
	var out []byte
	for _, r := range string(line) {
		if isControl(r) {
			out = fmt.Appendf(out, `\u%04x`, r)
		} else {
			out = utf8.AppendRune(out, r)
		}
	}
	return out
}
