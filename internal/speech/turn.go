package speech

import (
	"time"

	"lastpost/internal/alexa"
)

// Limits of a turn, in characters of its SSML as Amazon counts them (UTF-16 code units). After less text than minTurn,
// the question whether to continue would disturb the listener. More text than maxTurn is too long without a question.
const (
	minTurn = 600
	maxTurn = 1500
)

// maxMarkedTurn limits a turn with the markup of pronunciations, which does not take time to say. The rest of Amazon's
// 8,000 characters is for the title, the date and the prompt.
const maxMarkedTurn = 6000

// pause is the silence between paragraphs.
const pause = 500 * time.Millisecond

// Lengths of markup. TestMarkupLengthConstants checks them.
const (
	frameLength    = len("<speak></speak>")
	pauseTagLength = len(` <break time="500ms"/>`)
	langTagLength  = len(`<lang xml:lang="de-DE"></lang>`) // all locales of Alexa have five characters
)

// Turn is the part of a post's text that Alexa reads in one answer, before it asks whether to continue. It consists of
// whole sentences.
type Turn struct {
	sentences []sentence
}

// String returns the turn as plain words, with one space between sentences.
func (t Turn) String() string { return joinSentences(t.sentences) }

// SentenceCount returns the number of sentences in the turn.
func (t Turn) SentenceCount() int { return len(t.sentences) }

// Speech returns the turn as speech, with pauses between paragraphs. The words of the post are in the language of
// locale ("de-DE"). If locale is empty or not supported by Alexa, they are in the language of the skill. Announcements
// are always in the language of the skill.
func (t Turn) Speech(locale string) alexa.Speech {
	var speech alexa.Speech
	for i := 0; i < len(t.sentences); {
		run := t.runLength(i)
		first := t.sentences[i]
		if first.opensParagraph && i > 0 {
			speech.Pause(pause)
		}
		if words := joinSentences(t.sentences[i : i+run]); first.isAnnouncement || locale == "" {
			speech.Text(words)
		} else {
			speech.Lang(locale, words)
		}
		i += run
	}
	return speech
}

// runLength returns the number of sentences from i on that are spoken in one language and without a pause between them.
func (t Turn) runLength(i int) int {
	n := 1
	for i+n < len(t.sentences) && !t.sentences[i+n].opensParagraph && t.sentences[i+n].isAnnouncement == t.sentences[i].isAnnouncement {
		n++
	}
	return n
}

// Turns splits the text into turns. Joined by spaces, the turns are the whole text. A turn has 600 to 1,500 characters
// of SSML. It ends with a sentence, preferably at the end of a paragraph and not with a heading. The last turn may be
// shorter. Another turn is shorter than 600 only if it would have more than 1,500 characters with its next sentence.
//
// The limits apply with and without a locale for [Turn.Speech]. So the language tags count for the maximum, but not for
// the minimum.
func (t Text) Turns() []Turn { return t.MarkedTurns(nil) }

// MarkedTurns works like [Text.Turns], and leaves room for the markup of a lexicon: a turn has at most 6,000 characters
// with it, unless it is a single sentence. Only a text that consists mostly of the lexicon's words has other turns.
func (t Text) MarkedTurns(lexicon *alexa.Lexicon) []Turn {
	var turns []Turn
	for rest := t.sentences; len(rest) > 0; {
		n := nextTurnSize(rest, lexicon)
		turns = append(turns, Turn{rest[:n:n]})
		rest = rest[n:]
	}
	return turns
}

// turnLength is the length of a turn in the skill's language (min) and in another language (max).
type turnLength struct {
	min, max           int
	lastIsAnnouncement bool // the previous sentence is an announcement
	started            bool
}

func (m *turnLength) addSentence(s sentence) {
	breaks := m.started && s.opensParagraph
	switch {
	case !m.started:
		m.min, m.max = frameLength, frameLength
	case breaks:
		m.min, m.max = m.min+pauseTagLength+1, m.max+pauseTagLength+1
	default:
		m.min, m.max = m.min+1, m.max+1 // for the space between sentences
	}
	if !s.isAnnouncement && (!m.started || breaks || m.lastIsAnnouncement) {
		m.max += langTagLength
	}
	m.min, m.max = m.min+s.escapedLength, m.max+s.escapedLength
	m.lastIsAnnouncement, m.started = s.isAnnouncement, true
}

// nextTurnSize returns the number of sentences in the next turn. If all remaining sentences fit, it returns their
// number.
func nextTurnSize(rest []sentence, lexicon *alexa.Lexicon) int {
	var turn turnLength
	best, bestRank, markup := 1, poor, 0
	for i, s := range rest {
		turn.addSentence(s)
		if markup += lexicon.MarkupLength(s.words); turn.max > maxTurn || turn.max+markup > maxMarkedTurn {
			return best
		}
		if turn.min < minTurn {
			best = i + 1
		} else if bestRank < perfect {
			if rank := rankEnd(s, rest[i+1:]); rank >= bestRank {
				best, bestRank = i+1, rank
			}
		}
	}
	return len(rest)
}

// breakRank rates a place for the end of a turn.
type breakRank int

const (
	poor    breakRank = iota // after a heading or introduction
	short                    // leaves too few words for the last turn
	good                     // within a paragraph
	perfect                  // at the end of a paragraph
)

// rankEnd returns the rank of the place between a sentence and the rest.
func rankEnd(s sentence, rest []sentence) breakRank {
	switch {
	case s.leadsIn:
		return poor
	case !fillsTurn(rest):
		return short
	case !rest[0].opensParagraph:
		return good
	}
	return perfect
}

// fillsTurn reports whether the sentences reach the minimum length of a turn.
func fillsTurn(sentences []sentence) bool {
	var turn turnLength
	for _, s := range sentences {
		if turn.addSentence(s); turn.min >= minTurn {
			return true
		}
	}
	return false
}
