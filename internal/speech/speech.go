// Package speech makes of a post's HTML what Alexa can read aloud: paragraphs of sentences, dealt out in turns. It
// refuses nothing: whatever HTML comes in, what goes out is words, within time and memory that grow with the input
// alone. It fetches nothing, and knows no language but for where sentences end: what is said about what cannot be read
// comes from the caller.
package speech

import (
	"hash/fnv"
	"strings"
	"unicode"
	"unicode/utf16"

	"golang.org/x/net/html"

	"lastpost/internal/alexa"
)

// Announcements are what is said, in the listener's language, about what cannot be read
// aloud. An empty one, or a nil func, says nothing.
type Announcements struct {
	Quote string                         // before a quotation: "Quote:"
	Code  func(lines int) string         // in place of a block of code
	Table func(rows, columns int) string // in place of a table larger than three columns by five rows
	Video string                         // in place of a film
	Audio string                         // in place of a recording
	Embed string                         // in place of what else is embedded
}

// Text is what there is to say of a post: paragraphs of sentences, each on a
// single line and clean, as [alexa.Speech] would say it. The zero Text is empty.
type Text struct {
	sentences []sentence
}

// sentence is the least that a turn may be made of.
type sentence struct {
	words          string
	plainLength    int  // how long it is without markup
	escapedLength  int  // how long it is once it is escaped
	opensParagraph bool // it begins a paragraph
	leadsIn        bool // it announces the next: a heading, "Quote:"; a turn should not end here
	isAnnouncement bool // it is ours, and in the listener's language
}

// Parse gives what there is to say of HTML. It never fails: broken markup is read as a browser would read it, roughly,
// and what is longer than any post (512 KiB) is read up to there.
func Parse(html string, announcements Announcements) Text {
	return readTree(parseTree(html), announcements)
}

// readTree gives what there is to say of a tree, which it takes apart.
func readTree(root *html.Node, announcements Announcements) Text {
	pruneTree(root)
	trimEnd(root)
	w := sentenceWriter{announcements: announcements, opensParagraph: true}
	w.writeChildren(root)
	w.flushLine()
	return Text{w.sentences}
}

// String gives all of it as plain words, one space between sentences.
func (t Text) String() string { return joinSentences(t.sentences) }

// Excerpt gives the first sentences of the post's own that fit into so many characters, counted as [Text.Turns] counts
// them. Where not even the first does, it is cut between words and ends with "…".
func (t Text) Excerpt(most int) string {
	var fit []sentence
	length := 0
	for _, s := range t.sentences {
		if s.isAnnouncement {
			continue
		}
		if len(fit) > 0 {
			length++ // the space
		}
		if length += s.plainLength; length > most {
			if len(fit) == 0 {
				return clipSentence(s.words, most)
			}
			break
		}
		fit = append(fit, s)
	}
	return joinSentences(fit)
}

// clipSentence gives the beginning of a sentence that is too long, and "…".
func clipSentence(words string, most int) string {
	if most < 2 { // a character and "…"
		return ""
	}
	head := words[:prefixLength(words, most-1)]
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

// Fingerprint tells one text from another: what is said, and where paragraphs
// begin. While it stays the same, so do the turns.
func (t Text) Fingerprint() uint32 {
	sum := fnv.New32a()
	for _, s := range t.sentences {
		end := "\n"
		if s.opensParagraph {
			end = "\n\n"
		}
		_, _ = sum.Write([]byte(end + s.words)) // a hash never fails
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

// cleanText gives a text as alexa.Speech says it, and how long that is when it is escaped. Nothing is cleaned or escaped in
// any other place, so that what is read and what is heard cannot differ.
func cleanText(text string) (words string, size int) {
	speech := alexa.Say(text)
	return speech.Plain(), countUnits(speech.SSML()) - frameLength
}

// escapedLength gives the length of a clean text when it is escaped.
func escapedLength(words string) int { return countUnits(alexa.Say(words).SSML()) - frameLength }

// isSpeakable reports whether a text has anything that makes a word: Alexa says
// nothing of "* * *", and an answer of nothing is an error to her.
func isSpeakable(text string) bool {
	return strings.ContainsFunc(text, isWord)
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

// countUnits counts UTF-16 code units, the most that Amazon can mean by a character:
// one for each character, two for those that UTF-8 writes in four bytes.
func countUnits(text string) int {
	n := 0
	for _, r := range text {
		n += utf16.RuneLen(r)
	}
	return n
}

// prefixLength gives the length in bytes of the beginning of text that has at most so
// many units and does not part a character from the accents that follow it.
func prefixLength(text string, most int) int {
	end := 0
	for pos, r := range text {
		if !unicode.Is(unicode.M, r) {
			end = pos
		}
		if most -= countUnits(string(r)); most < 0 {
			if end == 0 {
				return pos // nothing but accents
			}
			return end
		}
	}
	return len(text)
}
