package conversation

import (
	"slices"
	"strings"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/rendering"
	"lastpost/internal/handlers/session"
	"lastpost/internal/phrases"
)

// An Answer is a handler's result: the speech, the next prompt, the new state, and what the device shows and plays. It
// is a value; each method returns a changed copy.
type Answer struct {
	Parts      []SpeechPart
	Prompt     session.Prompt // spoken last; PromptNone ends the session
	State      session.State  // BuildResponse sets Version and Prompt
	Pick       *uint32        // chooses among alternative wordings instead of Dialog.Pick, unless nil
	Left       bool           // the listener left the post being read, so that "resume" does not return to it
	Card       *alexa.Card
	Directives []alexa.Directive
}

// A SpeechPart is a message in the listener's language or a text of the blog.
type SpeechPart struct {
	Message phrases.Message // "" for a text of the blog
	Params  phrases.Params
	Text    alexa.Speech
}

// NewAnswer returns an answer without speech or prompt. It keeps the request's state.
func (t *Dialog) NewAnswer() Answer { return Answer{State: t.State} }

// Say returns an answer that begins with a message.
func (t *Dialog) Say(message phrases.Message, params phrases.Params) Answer {
	return t.NewAnswer().Say(message, params)
}

// Say adds a message. The caller leaves params.Blog and params.Pick empty, because PhraseText sets them.
func (a Answer) Say(message phrases.Message, params phrases.Params) Answer {
	return a.AddParts(SpeechPart{Message: message, Params: params})
}

// QuoteText adds a text of the blog that the voice of a locale reads. The locale "" means the listener's voice.
func (a Answer) QuoteText(locale, text string) Answer { return a.AddParts(QuotePart(locale, text)) }

// QuotePart returns the part that QuoteText adds.
func QuotePart(locale, text string) (p SpeechPart) {
	p.Text.Lang(locale, text)
	return p
}

// AddParts adds parts to a copy, so that two answers with the same beginning do not share memory.
func (a Answer) AddParts(parts ...SpeechPart) Answer {
	a.Parts = slices.Concat(a.Parts, parts)
	return a
}

// FollowedBy returns an answer that says the parts of a and then the parts of next. Prompt, state, card and directives
// come from next.
func (a Answer) FollowedBy(next Answer) Answer {
	next.Parts = slices.Concat(a.Parts, next.Parts)
	return next
}

// Ask sets the prompt.
func (a Answer) Ask(q session.Prompt) Answer {
	a.Prompt = q
	return a
}

// FocusOn makes a post the subject of the conversation, so that "next" and "repeat" refer to it.
func (a Answer) FocusOn(p feed.Post, as session.Focus) Answer {
	a.State.Post, a.State.Focus, a.State.Part, a.State.Text, a.State.Unheard = session.RefOf(p), as, 0, 0, false
	return a
}

// BuildResponse converts an answer to Alexa's response. It says the prompt last and stores the state in the session
// attributes. Without a prompt it ends the session, so that no session stays open silently.
func (t *Dialog) BuildResponse(a Answer) *alexa.Response {
	if a.Pick != nil {
		t = t.withPick(*a.Pick)
	}
	r := &alexa.Response{
		Speech: t.SpeechOf(a.Parts), Card: a.Card, Directives: a.Directives, ShouldEndSession: new(a.Prompt == PromptNone),
	}
	if a.Prompt == PromptNone {
		return r
	}
	spec, _ := specOf(a.Prompt)
	r.Speech.Text(t.PhraseText(spec.message, phrases.Params{}))
	r.Reprompt = alexa.Say(t.PhraseText(spec.reprompt, phrases.Params{}))
	a.State.Version, a.State.Prompt = session.Version, a.Prompt
	r.Attributes = map[string]any{StateAttribute: a.State}
	return r
}

// SpeechOf returns the parts of an answer as speech.
func (t *Dialog) SpeechOf(parts []SpeechPart) (speech alexa.Speech) {
	for _, p := range parts {
		if p.Message == "" {
			speech.Add(p.Text)
			continue
		}
		speech.Text(t.PhraseText(p.Message, p.Params))
	}
	return speech
}

// SayGoodbye says the operator's goodbye, or the skill's own.
func (t *Dialog) SayGoodbye() Answer {
	if own := t.Env.Settings.Goodbye; own != "" {
		return t.SayOwnWords(own)
	}
	return t.Say(phrases.Goodbye, phrases.Params{})
}

// SayOwnWords says a text of the operator.
func (t *Dialog) SayOwnWords(text string) Answer {
	return t.NewAnswer().QuoteText("", rendering.EndSentence(strings.TrimSpace(text)))
}

// Offer offers to name the posts of a list. posts are its first posts, so that a number selects one of them.
func (a Answer) Offer(l session.PostList, posts []feed.Post) Answer {
	l.Offset, l.Page = 0, nil
	for _, post := range posts {
		l.Page = append(l.Page, session.RefOf(post))
	}
	if a.State.Focus == session.FocusList { // the list before is not the subject any more
		a.State.Focus = session.FocusNone
	}
	a.State.List = &l
	return a.Ask(PromptList)
}
