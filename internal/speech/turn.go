package speech

import (
	"time"

	"lastpost/internal/alexa"
)

// How much one turn reads, in characters of its SSML as Amazon counts them (UTF-16 code units). Less is not worth a
// question whether to go on; more is more than anybody listens to without one.
const (
	leastTurn = 600
	mostTurn  = 1500
)

// pause is the silence between paragraphs.
const pause = 500 * time.Millisecond

// What markup adds to words; TestMarkupIsAsLongAsCounted holds them.
const (
	frame    = len("<speak></speak>")
	pauseTag = len(` <break time="500ms"/>`)
	langTags = len(`<lang xml:lang="de-DE"></lang>`) // every locale of Alexa's has five letters
)

// Turn is what Alexa reads before she asks whether to go on: whole sentences, in their paragraphs.
type Turn struct {
	sentences []sentence
}

// String gives the turn as plain words, one space between sentences.
func (t Turn) String() string { return join(t.sentences) }

// SentenceCount is how many sentences the turn has.
func (t Turn) SentenceCount() int { return len(t.sentences) }

// Speech gives the turn as Alexa says it, with a silence between paragraphs. The
// words of the post are said in the language of locale ("de-DE"), or where it is
// empty, or Alexa does not speak it, in that of the skill; asides always are.
func (t Turn) Speech(locale string) alexa.Speech {
	var speech alexa.Speech
	for i := 0; i < len(t.sentences); {
		run := t.run(i)
		first := t.sentences[i]
		if first.opens && i > 0 {
			speech.Pause(pause)
		}
		if words := join(t.sentences[i : i+run]); first.aside || locale == "" {
			speech.Text(words)
		} else {
			speech.Lang(locale, words)
		}
		i += run
	}
	return speech
}

// run gives the number of sentences from i on that are said in one language and without a pause.
func (t Turn) run(i int) int {
	n := 1
	for i+n < len(t.sentences) && !t.sentences[i+n].opens && t.sentences[i+n].aside == t.sentences[i].aside {
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
		n := next(rest)
		turns = append(turns, Turn{rest[:n:n]})
		rest = rest[n:]
	}
	return turns
}

// measure is how long a turn is, said in the skill's language and in another.
type measure struct {
	least, most int
	aside       bool // the sentence before is an aside
	begun       bool
}

func (m *measure) add(s sentence) {
	breaks := m.begun && s.opens
	switch {
	case !m.begun:
		m.least, m.most = frame, frame
	case breaks:
		m.least, m.most = m.least+pauseTag+1, m.most+pauseTag+1
	default:
		m.least, m.most = m.least+1, m.most+1 // the space
	}
	if !s.aside && (!m.begun || breaks || m.aside) {
		m.most += langTags
	}
	m.least, m.most = m.least+s.size, m.most+s.size
	m.aside, m.begun = s.aside, true
}

// next gives the number of sentences in the next turn: all of them if they fit.
func next(rest []sentence) int {
	var turn measure
	best, bestRank := 1, poor
	for i, s := range rest {
		if turn.add(s); turn.most > mostTurn {
			return best
		}
		if turn.least < leastTurn {
			best = i + 1
		} else if bestRank < perfect {
			if rank := rankOf(s, rest[i+1:]); rank >= bestRank {
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

// rankOf gives the rank of the place between a sentence and the rest.
func rankOf(s sentence, rest []sentence) rank {
	switch {
	case s.leads:
		return poor
	case !enough(rest):
		return short
	case !rest[0].opens:
		return good
	}
	return perfect
}

// enough reports whether sentences are enough for a turn.
func enough(sentences []sentence) bool {
	var turn measure
	for _, s := range sentences {
		if turn.add(s); turn.least >= leastTurn {
			return true
		}
	}
	return false
}
