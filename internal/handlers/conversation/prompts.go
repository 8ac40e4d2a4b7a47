package conversation

import (
	"lastpost/internal/handlers/session"
	"lastpost/internal/phrases"
)

// ExplainAndAsk says a message and asks the last prompt again. After a general prompt it asks what the listener would
// like.
func (t *Dialog) ExplainAndAsk(message phrases.Message) Answer {
	return t.Say(message, phrases.Params{}).Ask(t.SamePrompt())
}

// SamePrompt returns the last prompt, to ask it again. If nothing was offered, it returns the open prompt.
func (t *Dialog) SamePrompt() session.Prompt {
	if t.State.Prompt == PromptNone || t.State.Prompt == PromptAnythingElse {
		return PromptOpen
	}
	return t.State.Prompt
}

// The prompts: the questions at the end of an answer. The next yes or no answers it.
const (
	PromptNone         session.Prompt = ""
	PromptRead         session.Prompt = "read"               // shall I read the post?
	PromptPlay         session.Prompt = "play"               // shall I play its episode?
	PromptWhere        session.Prompt = "where"              // would you like to go on from where you stopped the episode?
	PromptReadOn       session.Prompt = session.PromptReadOn // shall I go on reading?
	PromptSeries       session.Prompt = session.PromptSeries // shall I go on reading the posts?
	PromptReadNext     session.Prompt = "next"               // shall I read the next post?
	PromptOlder        session.Prompt = "older"              // would you like the post before it?
	PromptChooseOrMore session.Prompt = "which"              // which number of the list, or more titles?
	PromptChoose       session.Prompt = "last"               // which number of the list? (after its last page)
	PromptList         session.Prompt = "list"               // would you like the titles of the list that was counted?
	PromptAnythingElse session.Prompt = "else"               // is there anything else?
	PromptOpen         session.Prompt = "what"               // what would you like?
	PromptSearch       session.Prompt = "find"               // what shall I look for?
)

// A promptSpec is the wording of a prompt and the focus that the prompt requires.
type promptSpec struct {
	message, reprompt phrases.Message
	focus             session.Focus // FocusNone allows any focus
}

// specOf returns the promptSpec of a prompt, or false if the prompt is unknown.
func specOf(q session.Prompt) (promptSpec, bool) {
	switch q {
	case PromptNone:
		return promptSpec{}, true
	case PromptRead:
		return promptSpec{phrases.AskRead, phrases.AskReadAgain, session.FocusPost}, true
	case PromptPlay:
		return promptSpec{phrases.AskPlay, phrases.AskPlayAgain, session.FocusPost}, true
	case PromptWhere:
		return promptSpec{phrases.AskWhere, phrases.AskWhereAgain, session.FocusPost}, true
	case PromptReadOn:
		return promptSpec{phrases.AskOn, phrases.AskOnAgain, session.FocusText}, true
	case PromptSeries:
		return promptSpec{phrases.AskSeries, phrases.AskSeriesAgain, session.FocusText}, true
	case PromptReadNext:
		return promptSpec{phrases.AskNext, phrases.AskNextAgain, session.FocusText}, true
	case PromptOlder:
		return promptSpec{phrases.AskOlder, phrases.AskOlderAgain, session.FocusPost}, true
	case PromptChooseOrMore:
		return promptSpec{phrases.AskWhich, phrases.AskWhichAgain, session.FocusList}, true
	case PromptChoose:
		return promptSpec{phrases.AskLast, phrases.AskLastAgain, session.FocusList}, true
	case PromptList:
		return promptSpec{phrases.AskList, phrases.AskListAgain, session.FocusNone}, true
	case PromptAnythingElse:
		return promptSpec{phrases.AskElse, phrases.WhatNowAgain, session.FocusNone}, true
	case PromptOpen:
		return promptSpec{phrases.WhatNow, phrases.WhatNowAgain, session.FocusNone}, true
	case PromptSearch:
		return promptSpec{phrases.AskSearch, phrases.AskSearchAgain, session.FocusNone}, true
	}
	return promptSpec{}, false
}

// ListPrompt returns the prompt that asks for a number of the list. It still offers more posts if the last prompt did.
func ListPrompt(q session.Prompt) session.Prompt {
	if q == PromptChooseOrMore {
		return PromptChooseOrMore
	}
	return PromptChoose
}
