package handlers

import (
	"slices"
	"strings"
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/handlers/conversation"
	"lastpost/internal/handlers/rendering"
	"lastpost/internal/handlers/session"
	"lastpost/internal/phrases"
)

// Alexa speaks about 155 words a minute at the usual speed. Both estimates are low for scripts whose letters need several
// bytes. Within an answer, the low one applies: it repeats a little of a post, and a high one would lose it. The high one
// applies to the end of an answer, so that a listener who stops at the question does not hear the last part again.
const (
	lowBytesPerSecond  = 14
	highBytesPerSecond = 16
)

// typedWithin is a time, in whole seconds, in which a listener cannot hear and answer. A request within it comes from a
// client that shows the whole text at once.
const typedWithin = 1

// maxReplayed limits the pieces that seriesPosition looks at. An answer has fewer.
const maxReplayed = 64

// settledState returns the state with the position that the listener has reached. The listener may have interrupted the
// last answer. The time since then tells which part was being spoken, and the position is the beginning of that part.
func (t *turn) settledState() session.State {
	s, r := t.State, t.State.Spoken
	s.Spoken = nil
	heard := true
	switch {
	case r == nil:
		return s
	case t.heardQuestion(r):
	case s.InSeries():
		s, heard = t.seriesPosition(s, r)
	case t.sinceAnswer(r) < t.spokenTime(t.singleSpeech(r), highBytesPerSecond):
		s, heard = s.At(r), false
	}
	if heard && r.Last && s.InSeries() {
		s, _ = s.WithSeries()
		s.List.Series = nil
	}
	return s
}

func (t *turn) sinceAnswer(r *session.Reading) time.Duration {
	return time.Duration(t.Now.Unix()-r.At) * time.Second
}

// heardQuestion reports whether the request shows that the listener heard the last answer to its end.
func (t *turn) heardQuestion(r *session.Reading) bool {
	request := t.Envelope.Request
	if request.Type == "SessionEndedRequest" {
		return request.Reason == "EXCEEDED_MAX_REPROMPTS"
	}
	answers := []string{"AMAZON.YesIntent", "AMAZON.NoIntent", "AMAZON.ResumeIntent", "ReadAllIntent"}
	return slices.Contains(answers, request.Intent.Name) || t.Now.Unix()-r.At <= typedWithin
}

// singleSpeech returns a part of a single post as it was spoken.
func (t *turn) singleSpeech(r *session.Reading) (speech alexa.Speech) {
	post, ok := t.PostByRef(r.Post)
	rendered := t.renderIf(ok, post)
	if r.Part > len(rendered.Turns) {
		return speech
	}
	if r.Part == 1 {
		speech = alexa.Say(rendered.Title, rendered.Date)
	}
	speech.Add(rendered.Turns[r.Part-1].Speech(rendered.Voice))
	return speech
}

// seriesPosition returns the state with the piece of a series that was being spoken. It puts the pieces of the last answer
// together again. heard reports that all of them were heard.
func (t *turn) seriesPosition(s session.State, r *session.Reading) (position session.State, heard bool) {
	from := s.At(r)
	var low, high time.Duration // from the answer's beginning to the end of a piece
	for range maxReplayed {
		p, status := t.nextPiece(from)
		if status != pieceFound {
			break
		}
		speech := t.SpeechOf(p.parts)
		low, high = low+t.spokenTime(speech, lowBytesPerSecond), high+t.spokenTime(speech, highBytesPerSecond)
		last := p.after.Post == s.Post && p.after.Part >= s.Part
		if elapsed := t.sinceAnswer(r); elapsed < low && (!last || elapsed < high) {
			return p.before, false
		}
		if last {
			break
		}
		from = p.after
	}
	return s, true
}

// spokenTime estimates how long Alexa speaks a text, with the operator's pronunciations.
func (t *turn) spokenTime(s alexa.Speech, bytesPerSecond int) time.Duration {
	s = t.Env.Settings.Pronounce.Apply(s)
	length := len(s.Plain())
	for _, mark := range strings.Split(s.SSML(), `<sub alias="`)[1:] {
		alias, rest, _ := strings.Cut(mark, `">`)
		word, _, _ := strings.Cut(rest, "</sub>")
		length += len(alias) - len(word)
	}
	return time.Duration(length)*time.Second/time.Duration(bytesPerSecond) + silences(s)
}

// silences returns how long the pauses of a speech are.
func silences(s alexa.Speech) (length time.Duration) {
	for _, tag := range strings.Split(s.SSML(), `<break time="`)[1:] {
		value, _, _ := strings.Cut(tag, `"`)
		silence, _ := time.ParseDuration(value) // package alexa writes valid durations
		length += silence
	}
	return length
}

// keepPosition stores where the listener is, so that a later session can go on there. An answer that reads is stored with
// its beginning, because only the next request shows how much of it was heard.
func (t *turn) keepPosition(a conversation.Answer) {
	switch r := a.State.Spoken; {
	case r != nil:
		t.Env.Visits.KeepReading(t.Listener(), a.State.At(r).Bookmark())
	case a.Left:
		t.Env.Visits.KeepReading(t.Listener(), "")
	}
}

// keepSettled stores the position that settledState returned, or removes the bookmark if the reading has ended.
func (t *turn) keepSettled(r *session.Reading, settled session.State) {
	bookmark := ""
	if settled.Unheard || !r.Last {
		bookmark = settled.Bookmark()
	}
	t.Env.Visits.KeepReading(t.Listener(), bookmark)
}

// endSession stores the position at the end of a session. After an error, Alexa did not speak the last answer.
func (t *turn) endSession() {
	if r := t.State.Spoken; r != nil && t.Envelope.Request.Reason != "ERROR" {
		t.keepSettled(r, t.settledState())
	}
}

// resumeReading goes on where the listener stopped reading. It returns false if the listener did not stop in a post, or
// stopped an episode later.
func (t *turn) resumeReading() (conversation.Answer, bool) {
	s, ok := t.Bookmarked()
	if !ok || t.Env.Visits.Bookmark(t.Listener()).EpisodeLast {
		return conversation.Answer{}, false
	}
	resumed := *t
	resumed.State = s
	post, kept := resumed.CurrentPost()
	intro := resumed.NewAnswer()
	if kept && s.NextPart() > 1 {
		rendered := t.Render(post)
		intro = intro.Say(phrases.GoingOn, phrases.Params{}).
			QuoteText(rendered.Voice, rendering.EndSentence(t.PostName(post, rendered)))
	}
	switch {
	case s.InSeries():
		return resumed.openSeries(intro, s), true
	case !kept:
		gone := resumed.SayPostGone()
		gone.Left = true
		return gone, true
	case s.NextPart() == 1:
		return resumed.startReading(post), true
	}
	return intro.FollowedBy(resumed.readNextPart()), true
}
