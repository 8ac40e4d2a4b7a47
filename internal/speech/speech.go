// Package speech converts the HTML of a post to text that Alexa can read aloud: paragraphs of sentences, split into
// turns. It accepts any HTML; time and memory are at most proportional to the size of the input. It fetches nothing. It
// knows only where sentences end in each language: the caller provides the announcements for content that cannot be
// read aloud.
package speech

import (
	"hash/fnv"
	"strings"
	"unicode"
	"unicode/utf16"

	"golang.org/x/net/html"

	"lastpost/internal/alexa"
)

// Announcements contains the texts for content that cannot be read aloud, in the language of the listener. An empty
// text or a nil function announces nothing.
type Announcements struct {
	Quote string                         // before a quotation: "Quote:"
	Code  func(lines int) string         // instead of a code block
	Table func(rows, columns int) string // instead of a table with more than three columns or five rows
	Video string                         // instead of a video
	Audio string                         // instead of an audio recording
	Embed string                         // instead of other embedded content
}

// Text is the spoken text of a post: paragraphs of sentences. Each sentence is a single line, cleaned as by
// [alexa.Speech]. The zero Text is empty.
type Text struct {
	sentences []sentence
}

// sentence is the smallest unit of a turn.
type sentence struct {
	words          string
	plainLength    int  // length without markup
	escapedLength  int  // length after escaping
	opensParagraph bool // starts a paragraph
	leadsIn        bool // introduces the next sentence (a heading, "Quote:"): a turn should not end here
	isAnnouncement bool // not from the post; in the listener's language
}

// Parse converts HTML to text. It never fails: it parses invalid markup approximately like a browser, and reads at most
// 512 KiB, which is more than any real post.
func Parse(html string, announcements Announcements) Text {
	return readTree(parseTree(html), announcements)
}

// readTree converts a tree to text. It changes the tree.
func readTree(root *html.Node, announcements Announcements) Text {
	pruneTree(root)
	trimEnd(root)
	w := sentenceWriter{announcements: announcements, opensParagraph: true}
	w.writeChildren(root)
	w.flushLine()
	return Text{w.sentences}
}

// String returns the text as plain words, with one space between sentences.
func (t Text) String() string { return joinSentences(t.sentences) }

// Excerpt returns the first sentences of the post, without announcements, in at most limit characters. Characters are
// counted as in [Text.Turns]. If the first sentence is too long, it is truncated between words and ends with "…".
func (t Text) Excerpt(limit int) string {
	var fit []sentence
	length := 0
	for _, s := range t.sentences {
		if s.isAnnouncement {
			continue
		}
		if len(fit) > 0 {
			length++ // the space
		}
		if length += s.plainLength; length > limit {
			if len(fit) == 0 {
				return clipSentence(s.words, limit)
			}
			break
		}
		fit = append(fit, s)
	}
	return joinSentences(fit)
}

// clipSentence returns the beginning of a sentence that is too long, with "…".
func clipSentence(words string, limit int) string {
	if limit < 2 { // minimum: one character and "…"
		return ""
	}
	head := words[:prefixLength(words, limit-1)]
	if at := strings.LastIndexByte(head, ' '); at > 0 && words[len(head)] != ' ' {
		head = head[:at]
	}
	head = strings.TrimRightFunc(head, func(r rune) bool {
		return r == ' ' || strings.ContainsRune(",;:–—-", r)
	})
	if !isSpeakable(head) {
		return ""
	}
	return head + "…"
}

// Fingerprint returns a hash of the words and paragraphs. Texts with the same fingerprint have the same turns.
func (t Text) Fingerprint() uint32 {
	sum := fnv.New32a()
	for _, s := range t.sentences {
		end := "\n"
		if s.opensParagraph {
			end = "\n\n"
		}
		_, _ = sum.Write([]byte(end + s.words)) // writing to a hash never fails
	}
	return sum.Sum32()
}

func joinSentences(sentences []sentence) string {
	var b strings.Builder
	for i, s := range sentences {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(s.words)
	}
	return b.String()
}

// cleanText returns the text as alexa.Speech says it, and its length after escaping. All cleaning and escaping is done
// there, so that lengths match the spoken text.
func cleanText(text string) (words string, size int) {
	speech := alexa.Say(text)
	return speech.Plain(), countUnits(speech.SSML()) - frameLength
}

// escapedLength returns the length of a clean text after escaping.
func escapedLength(words string) int { return countUnits(alexa.Say(words).SSML()) - frameLength }

// isSpeakable reports whether a text contains a letter or number. Alexa says nothing for "* * *", and reports an error
// for an empty response.
func isSpeakable(text string) bool {
	return strings.ContainsFunc(text, isWord)
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

// countUnits returns the number of UTF-16 code units. Amazon does not define a character; this is the largest possible
// count: two for a character of four bytes in UTF-8, and one for any other.
func countUnits(text string) int {
	n := 0
	for _, r := range text {
		n += utf16.RuneLen(r)
	}
	return n
}

// prefixLength returns the length in bytes of the longest prefix that has at most limit units. It does not separate a
// character from its combining marks.
func prefixLength(text string, limit int) int {
	end := 0
	for pos, r := range text {
		if !unicode.Is(unicode.M, r) {
			end = pos
		}
		if limit -= countUnits(string(r)); limit < 0 {
			if end == 0 {
				return pos // only combining marks
			}
			return end
		}
	}
	return len(text)
}
