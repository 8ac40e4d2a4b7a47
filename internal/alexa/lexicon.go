package alexa

import (
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/words"
)

// Pronunciation is how Alexa says a word: Alias or Phoneme.
type Pronunciation struct {
	Word    string // a word or a few words, as [Speech.Plain] has them; case matters
	Alias   string // spoken instead of the word
	Phoneme string // the sounds of the word, in the International Phonetic Alphabet
}

// Lexicon marks words in a Speech, so that Alexa says them as their pronunciations describe (Amazon: SSML Reference,
// "sub" and "phoneme"). A nil Lexicon marks nothing.
//
// A word must be whole by the word boundaries of Unicode (UAX 29): "Go" is not in "Gopher", "Go2" and "go.dev", but in
// "Go-based" and "C++" is in "C++11". A possessive is whole too: "Go's". Of two words at the same place, the longer one
// wins. Texts in another language are marked as well, because names are the same there.
type Lexicon struct {
	byFirst map[string][]lexicalEntry // by the first token of the word, longest word first
}

// A lexicalEntry is a word and its markup.
type lexicalEntry struct {
	word       string
	start, end string // the tags around the word
	length     int    // length of both tags, in UTF-16 code units
}

// NewLexicon returns a Lexicon of words, or nil without words. It ignores a word without a pronunciation, and an empty
// word.
func NewLexicon(pronunciations []Pronunciation) *Lexicon {
	l := &Lexicon{byFirst: map[string][]lexicalEntry{}}
	for _, p := range pronunciations {
		e := newLexicalEntry(p)
		if e.word == "" || e.start == "" {
			continue
		}
		first := e.word
		for token := range wordTokens(e.word) {
			first = token
			break
		}
		l.byFirst[first] = append(l.byFirst[first], e)
	}
	if len(l.byFirst) == 0 {
		return nil
	}
	for _, entries := range l.byFirst {
		slices.SortStableFunc(entries, func(a, b lexicalEntry) int { return len(b.word) - len(a.word) })
	}
	return l
}

func newLexicalEntry(p Pronunciation) lexicalEntry {
	e := lexicalEntry{word: Say(p.Word).Plain()}
	if alias := toSSMLText(p.Alias); alias != "" {
		e.start, e.end = subOpen+`alias="`+alias+`">`, subClose
	} else if phoneme := toSSMLText(p.Phoneme); phoneme != "" {
		e.start, e.end = phonemeOpen+`alphabet="ipa" ph="`+phoneme+`">`, phonemeClose
	}
	e.length = utf16Length(e.start) + utf16Length(e.end)
	return e
}

const (
	subOpen      = "<sub "
	subClose     = "</sub>"
	phonemeOpen  = "<phoneme "
	phonemeClose = "</phoneme>"
)

// Apply returns the Speech with its words marked. Markup never takes the room of words: if the Speech would be longer
// than Amazon's limit, the last words are not marked.
func (l *Lexicon) Apply(s Speech) Speech {
	if l == nil || s.body == "" {
		return s
	}
	m := marker{lexicon: l, room: maxSpeech - len(speakOpen) - len(speakClose) - utf16Length(s.body)}
	for rest := s.body; rest != ""; {
		if rest[0] == '<' {
			tag := firstTag(rest)
			m.out.WriteString(tag)
			rest = rest[len(tag):]
			continue
		}
		text, _, _ := strings.Cut(rest, "<")
		m.markText(ssmlUnescaper.Replace(text))
		rest = rest[len(text):]
	}
	return Speech{m.out.String()}
}

// MarkupLength returns how many characters Apply adds to a clean text, if there is room. It counts UTF-16 code units.
func (l *Lexicon) MarkupLength(text string) (length int) {
	for _, e := range l.matches(text) {
		length += e.length
	}
	return length
}

// marker writes a Speech with marked words.
type marker struct {
	lexicon *Lexicon
	room    int // how much longer the Speech may become
	out     strings.Builder
}

// markText writes a text that is not escaped.
func (m *marker) markText(text string) {
	written := 0
	for at, e := range m.lexicon.matches(text) {
		if e.length > m.room {
			continue
		}
		m.room -= e.length
		_, _ = ssmlEscaper.WriteString(&m.out, text[written:at]) // a strings.Builder does not fail
		m.out.WriteString(e.start)
		_, _ = ssmlEscaper.WriteString(&m.out, e.word)
		m.out.WriteString(e.end)
		written = at + len(e.word)
	}
	_, _ = ssmlEscaper.WriteString(&m.out, text[written:])
}

var ssmlEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&apos;")

// matches yields the words of the lexicon in a clean text, with their positions in bytes. Its time is proportional to
// the length of the text.
func (l *Lexicon) matches(text string) iter.Seq2[int, lexicalEntry] {
	return func(yield func(int, lexicalEntry) bool) {
		if l == nil {
			return
		}
		tokens := slices.Collect(wordTokens(text))
		for i, at := 0, 0; i < len(tokens); {
			count := 1
			for _, e := range l.byFirst[tokens[i]] {
				if n := tokenCount(tokens[i:], text[at:], e.word); n > 0 {
					if !yield(at, e) {
						return
					}
					count = n
					break
				}
			}
			for range count {
				at += len(tokens[i])
				i++
			}
		}
	}
}

// tokenCount returns how many of the first tokens of a text are the word, or 0 if the text does not begin with it or if
// the word ends within a token.
func tokenCount(tokens []string, text, word string) int {
	if !strings.HasPrefix(text, word) {
		return 0
	}
	length := 0
	for i, token := range tokens {
		if length += len(token); length >= len(word) {
			if length > len(word) {
				break
			}
			return i + 1
		}
	}
	return 0
}

// wordTokens yields the parts between the word boundaries of a text: words, spaces and signs. The ending of a possessive
// is a part of its own.
func wordTokens(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for tokens := words.FromString(text); tokens.Next(); {
			token := tokens.Value()
			stem := possessiveStem(token)
			if stem != "" && !yield(stem) || !yield(token[len(stem):]) {
				return
			}
		}
	}
}

// possessiveStem returns a word without its ending 's, or "" if it does not have this ending.
func possessiveStem(word string) string {
	stem := strings.TrimSuffix(word, "s")
	for _, apostrophe := range []string{"'", "’"} {
		if s, ok := strings.CutSuffix(stem, apostrophe); ok && len(stem) < len(word) {
			return s
		}
	}
	return ""
}

// firstTag returns the tag at the beginning of a markup. For a marked word, it returns the whole element, because its
// parts cannot be separated.
func firstTag(markup string) string {
	end := ">"
	switch {
	case strings.HasPrefix(markup, subOpen):
		end = subClose
	case strings.HasPrefix(markup, phonemeOpen):
		end = phonemeClose
	}
	return markup[:strings.Index(markup, end)+len(end)]
}

// markedWord returns the word in an element that firstTag returned, or "" for another tag.
func markedWord(tag string) string {
	if !strings.HasPrefix(tag, subOpen) && !strings.HasPrefix(tag, phonemeOpen) {
		return ""
	}
	_, word, _ := strings.Cut(tag, ">")
	return word[:strings.LastIndex(word, "<")]
}

// lastRune returns the last character of a text.
func lastRune(text string) rune {
	r, _ := utf8.DecodeLastRuneInString(text)
	return r
}
