// Package speech converts the HTML of a post to text that Alexa can read aloud: paragraphs of sentences, split into
// turns. In this package, a turn is the part of the text that Alexa reads in one answer. Parse accepts any HTML, and
// its time and memory are at most proportional to the size of the HTML. The package does not use the network. The
// caller provides the announcements for content that cannot be read aloud, in the listener's language.
package speech

import (
	"hash/fnv"
	"iter"
	"strings"
	"unicode"
	"unicode/utf16"

	"golang.org/x/net/html"

	"lastpost/internal/alexa"
	"lastpost/internal/speech/prose"
)

// Announcements contains the texts for content that cannot be read aloud, in the language of the listener. For an empty
// text or a nil function, the content is left out.
type Announcements struct {
	Quote string                         // before a quotation: "Quote:"
	Code  func(lines int) string         // instead of a code block
	Table func(rows, columns int) string // instead of a table with more than three columns or five rows
	Video string                         // instead of a video
	Audio string                         // instead of an audio recording
	Embed string                         // instead of other embedded content

	Formula string // instead of a formula, within a sentence: "a formula"
}

// Text is the spoken text of a post: paragraphs of sentences. Each sentence is a single line, cleaned as by
// [alexa.Speech]. The zero Text is empty.
type Text struct {
	sentences []sentence
}

// sentence is one sentence of the text, or an announcement. A turn contains only whole sentences.
type sentence struct {
	words          string
	plainLength    int  // length of words before escaping
	escapedLength  int  // length after escaping
	opensParagraph bool // starts a paragraph
	leadsIn        bool // introduces the next sentence, as a heading or "Quote:" does, so a turn should not end here
	isAnnouncement bool // is an announcement in the listener's language, not a text of the post
}

// Parse converts HTML to text. It parses invalid markup approximately like a browser. It reads at most 512 KiB, which
// is more than any real post has.
func Parse(html string, announcements Announcements) Text {
	return readTree(parseTree(html), announcements)
}

// readTree converts a tree to text. It changes the tree.
func readTree(root *html.Node, announcements Announcements) Text {
	pruneTree(root)
	replaceFences(root)
	replaceShortcodes(root)
	replaceFormulas(root)
	trimEnd(root)
	w := sentenceWriter{announcements: announcements, opensParagraph: true}
	w.inVerse = isPlainList(root)
	w.writeChildren(root)
	w.flushLine()
	return Text{w.sentences}
}

// WithoutTitle returns the text without a first paragraph that repeats the post's title, as platforms do in a heading or
// in the description of an image. A text that is only the title stays.
func (t Text) WithoutTitle(title string) Text {
	end := 1
	for end < len(t.sentences) && !t.sentences[end].opensParagraph {
		end++
	}
	trim := func(s string) string { return strings.TrimFunc(s, func(r rune) bool { return !prose.IsWord(r) }) }
	if end >= len(t.sentences) || !strings.EqualFold(trim(joinSentences(t.sentences[:end])), trim(title)) {
		return t
	}
	return Text{t.sentences[end:]}
}

// String returns the text as plain words, with one space between sentences.
func (t Text) String() string { return joinSentences(t.sentences) }

// Sentences returns the sentences of the post, without headings and announcements.
func (t Text) Sentences() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, s := range t.sentences {
			if !s.isAnnouncement && !s.leadsIn && !yield(s.words) {
				return
			}
		}
	}
}

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

// clipSentence returns the beginning of a sentence and "…", together at most limit characters.
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

// cleanText returns the text that alexa.Speech speaks, and its length after escaping. It uses alexa.Speech for both, so
// that the length matches the spoken text.
func cleanText(text string) (words string, size int) {
	speech := alexa.Say(text)
	return speech.Plain(), countUnits(speech.SSML()) - frameLength
}

// escapedLength returns the length of a clean text after escaping.
func escapedLength(words string) int { return countUnits(alexa.Say(words).SSML()) - frameLength }

// isSpeakable reports whether a text contains a letter or number. Alexa does not speak "* * *", and reports an error
// for a response without words.
func isSpeakable(text string) bool {
	return strings.ContainsFunc(text, prose.IsWord)
}

// countUnits returns the number of UTF-16 code units. Amazon does not define a character; UTF-16 gives the largest
// count of the possible definitions: two units for a character of four bytes in UTF-8, and one for each other
// character.
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
