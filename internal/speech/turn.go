package speech

import (
	"time"

	"lastpost/internal/alexa"
)

// How much one turn reads, in characters of its SSML as Amazon counts them (UTF-16 code units). Less is not worth a
// question whether to go on; more is more than anybody listens to without one.
const (
	minTurn = 600
	maxTurn = 1500
)

// pause is the silence between paragraphs.
const pause = 500 * time.Millisecond

// What markup adds to words; TestMarkupLengthConstants holds them.
const (
	frameLength    = len("<speak></speak>")
	pauseTagLength = len(` <break time="500ms"/>`)
	langTagLength  = len(`<lang xml:lang="de-DE"></lang>`) // every locale of Alexa's has five letters
)

// Turn is what Alexa reads before she asks whether to go on: whole sentences, in their paragraphs.
type Turn struct {
	sentences []sentence
}

// String gives the turn as plain words, one space between sentences.
func (t Turn) String() string { return joinSentences(t.sentences) }

// SentenceCount is how many sentences the turn has.
func (t Turn) SentenceCount() int { return len(t.sentences) }

// Speech gives the turn as Alexa says it, with a silence between paragraphs. The
// words of the post are said in the language of locale ("de-DE"), or where it is
// empty, or Alexa does not speak it, in that of the skill; asides always are.
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

// runLength gives the number of sentences from i on that are said in one language and without a pause.
func (t Turn) runLength(i int) int {
	n := 1
	for i+n < len(t.sentences) && !t.sentences[i+n].opensParagraph && t.sentences[i+n].isAnnouncement == t.sentences[i].isAnnouncement {
		n++
	}
	return n
}

// Turns deals the text out, in order: joined by a space, the turns are the whole text. A turn has 600 to 1,500
// characters of SSML and ends with a sentence, a paragraph's last if it can be, and not with a heading. What is left is
// taken whole where it fits. A turn has fewer than 600 only where the next sentence would make it longer than 1,500,
// and the last one where the text is out.
//
// The 1,500 hold whether or not the turn is said in another locale, and the 600,
// too: the tags of a locale count for the most, and not for the least.
func (t Text) Turns() []Turn {
	var turns []Turn
	for rest := t.sentences; len(rest) > 0; {
		n := nextTurnSize(rest)
		turns = append(turns, Turn{rest[:n:n]})
		rest = rest[n:]
	}
	return turns
}

// turnLength is how long a turn is, said in the skill's language and in another.
type turnLength struct {
	min, max           int
	lastIsAnnouncement bool // the sentence before is an aside
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
		m.min, m.max = m.min+1, m.max+1 // the space
	}
	if !s.isAnnouncement && (!m.started || breaks || m.lastIsAnnouncement) {
		m.max += langTagLength
	}
	m.min, m.max = m.min+s.escapedLength, m.max+s.escapedLength
	m.lastIsAnnouncement, m.started = s.isAnnouncement, true
}

// nextTurnSize gives the number of sentences in the next turn: all of them if they fit.
func nextTurnSize(rest []sentence) int {
	var turn turnLength
	best, bestRank := 1, poor
	for i, s := range rest {
		if turn.addSentence(s); turn.max > maxTurn {
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

// rank is how good a place is for a turn to end.
type rank int

const (
	poor    rank = iota // it has just announced what comes
	short               // it would leave a few words to the last turn
	good                // within a paragraph
	perfect             // at its end
)

// rankEnd gives the rank of the place between a sentence and the rest.
func rankEnd(s sentence, rest []sentence) rank {
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

// fillsTurn reports whether sentences are enough for a turn.
func fillsTurn(sentences []sentence) bool {
	var turn turnLength
	for _, s := range sentences {
		if turn.addSentence(s); turn.min >= minTurn {
			return true
		}
	}
	return false
}
