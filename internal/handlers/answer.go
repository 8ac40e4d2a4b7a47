package handlers

import (
	"slices"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/phrases"
)

// An answer is a handler's result: the speech, the next prompt, the new state, and what the device shows and plays. It
// is a value; each method returns a changed copy.
type answer struct {
	parts      []speechPart
	prompt     prompt       // spoken last; promptNone ends the session
	state      sessionState // buildResponse sets Version and Prompt
	pick       *uint32      // chooses among alternative wordings instead of turn.pick, unless nil
	left       bool         // the listener left the post being read, so that "resume" does not return to it
	card       *alexa.Card
	directives []alexa.Directive
}

// A speechPart is a message in the listener's language or a text of the blog.
type speechPart struct {
	message phrases.Message // "" for a text of the blog
	params  phrases.Params
	text    alexa.Speech
}

// newAnswer returns an answer without speech or prompt. It keeps the request's state.
func (t *turn) newAnswer() answer { return answer{state: t.state} }

// say returns an answer that begins with a message.
func (t *turn) say(message phrases.Message, params phrases.Params) answer {
	return t.newAnswer().say(message, params)
}

// say adds a message. The caller leaves params.Blog and params.Pick empty, because phraseText sets them.
func (a answer) say(message phrases.Message, params phrases.Params) answer {
	return a.addParts(speechPart{message: message, params: params})
}

// quoteText adds a text of the blog that the voice of a locale reads. The locale "" means the listener's voice.
func (a answer) quoteText(locale, text string) answer { return a.addParts(quotePart(locale, text)) }

// quotePart returns the part that quoteText adds.
func quotePart(locale, text string) (p speechPart) {
	p.text.Lang(locale, text)
	return p
}

// addParts adds parts to a copy, so that two answers with the same beginning do not share memory.
func (a answer) addParts(parts ...speechPart) answer {
	a.parts = slices.Concat(a.parts, parts)
	return a
}

// followedBy returns an answer that says the parts of a and then the parts of next. Prompt, state, card and directives
// come from next.
func (a answer) followedBy(next answer) answer {
	next.parts = slices.Concat(a.parts, next.parts)
	return next
}

// ask sets the prompt.
func (a answer) ask(q prompt) answer {
	a.prompt = q
	return a
}

// focusOn makes a post the subject of the conversation, so that "next" and "repeat" refer to it.
func (a answer) focusOn(p feed.Post, as focus) answer {
	a.state.Post, a.state.Focus, a.state.Part, a.state.Text, a.state.Unheard = refOf(p), as, 0, 0, false
	return a
}

// buildResponse converts an answer to Alexa's response. It says the prompt last and stores the state in the session
// attributes. Without a prompt it ends the session, so that no session stays open silently.
func (t *turn) buildResponse(a answer) *alexa.Response {
	if a.pick != nil {
		t = t.withPick(*a.pick)
	}
	r := &alexa.Response{
		Speech: t.speechOf(a.parts), Card: a.card, Directives: a.directives, ShouldEndSession: new(a.prompt == promptNone),
	}
	if a.prompt == promptNone {
		return r
	}
	spec, _ := specOf(a.prompt)
	r.Speech.Text(t.phraseText(spec.message, phrases.Params{}))
	r.Reprompt = alexa.Say(t.phraseText(spec.reprompt, phrases.Params{}))
	a.state.Version, a.state.Prompt = stateVersion, a.prompt
	r.Attributes = map[string]any{stateAttribute: a.state}
	return r
}

// speechOf returns the parts of an answer as speech.
func (t *turn) speechOf(parts []speechPart) (speech alexa.Speech) {
	for _, p := range parts {
		if p.message == "" {
			speech.Add(p.text)
			continue
		}
		speech.Text(t.phraseText(p.message, p.params))
	}
	return speech
}
