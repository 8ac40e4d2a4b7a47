package handlers

import (
	"slices"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/phrases"
)

// An answer is what a handler returns: what is said, the question that is left, the state of the conversation after it, and
// what the device shows and plays. It is a value: each method returns a changed copy.
type answer struct {
	parts      []speechPart
	prompt     prompt       // said last; askNothing ends the session
	state      sessionState // respond sets Version and Asked
	card       *alexa.Card
	directives []alexa.Directive
}

// A part of what is said is a message in the listener's language, or text of the blog.
type speechPart struct {
	message phrases.Message // "" for text of the blog
	values  phrases.Params
	text    alexa.Speech
}

// newAnswer returns the answer that says nothing, asks nothing and keeps the state that the request came with.
func (t *turn) newAnswer() answer { return answer{state: t.state} }

// say begins an answer with a message.
func (t *turn) say(message phrases.Message, words phrases.Params) answer {
	return t.newAnswer().say(message, words)
}

// say adds a message. It needs neither the blog's name nor a pick.
func (a answer) say(message phrases.Message, words phrases.Params) answer {
	return a.addParts(speechPart{message: message, values: words})
}

// quoteText adds a text of the blog in the voice of its locale; "" is the listener's own.
func (a answer) quoteText(locale, text string) answer { return a.addParts(quotePart(locale, text)) }

// quotePart is the part that quote adds.
func quotePart(locale, text string) (p speechPart) {
	p.text.Lang(locale, text)
	return p
}

// addParts copies the parts, so that two answers that begin alike do not share them.
func (a answer) addParts(parts ...speechPart) answer {
	a.parts = slices.Concat(a.parts, parts)
	return a
}

// followedBy says what a says, and goes on with next: its question, state, card and directives hold.
func (a answer) followedBy(next answer) answer {
	next.parts = slices.Concat(a.parts, next.parts)
	return next
}

// ask leaves a question.
func (a answer) ask(q prompt) answer {
	a.prompt = q
	return a
}

// focusOn makes a post the one that the conversation is about.
func (a answer) focusOn(p feed.Post, as focus) answer {
	a.state.Post, a.state.Focus, a.state.Part, a.state.Text = refOf(p), as, 0, 0
	return a
}

// buildResponse turns an answer into Alexa's response. The question is said last, and the session attributes hold the state. An
// answer without a question ends the session: nothing asks and closes, and nothing stays open without a question.
func (t *turn) buildResponse(a answer) *alexa.Response {
	r := &alexa.Response{Card: a.card, Directives: a.directives, ShouldEndSession: new(a.prompt == promptNone)}
	for _, p := range a.parts {
		if p.message == "" {
			r.Speech.Add(p.text)
			continue
		}
		r.Speech.Text(t.phraseText(p.message, p.values))
	}
	if a.prompt == promptNone {
		return r
	}
	form, _ := a.prompt.spec()
	r.Speech.Text(t.phraseText(form.message, phrases.Params{}))
	r.Reprompt = alexa.Say(t.phraseText(form.reprompt, phrases.Params{}))
	a.state.Version, a.state.Prompt = stateVersion, a.prompt
	r.Attributes = map[string]any{stateAttribute: a.state}
	return r
}
