package handlers

import (
	"lastpost/internal/handlers/conversation"
	"lastpost/internal/handlers/session"
	"lastpost/internal/phrases"
)

// onYes returns the handler of a yes to a prompt. A no leads to PromptAnythingElse, and a second no ends the session.
func onYes(q session.Prompt) func(*turn) conversation.Answer {
	switch q {
	case conversation.PromptRead:
		return (*turn).readCurrent
	case conversation.PromptPlay:
		return (*turn).PlayCurrent
	case conversation.PromptWhere:
		return (*turn).PlayCurrent
	case conversation.PromptReadOn:
		return (*turn).readNextPart
	case conversation.PromptSeries:
		return (*turn).readNextPart
	case conversation.PromptReadNext:
		return (*turn).readNextPost
	case conversation.PromptOlder:
		return (*turn).announceOlder
	case conversation.PromptChooseOrMore:
		return (*turn).nextPage
	case conversation.PromptChoose:
		return (*turn).chooseAgain
	case conversation.PromptList:
		return (*turn).restartList
	case conversation.PromptAnythingElse:
		return (*turn).askOpen
	case conversation.PromptSearch:
		return (*turn).askSearchAgain
	}
	return (*turn).suggestRequests // DecodeState refuses unknown prompts
}

// handleYes answers a yes: it runs the action that the last prompt offered.
func (t *turn) handleYes() conversation.Answer {
	return onYes(t.State.Prompt)(t)
}

// handleNo declines the last prompt. A second no ends the session.
func (t *turn) handleNo() conversation.Answer {
	switch t.State.Prompt {
	case conversation.PromptWhere:
		return t.PlayFromBeginning()
	case conversation.PromptNone, conversation.PromptAnythingElse, conversation.PromptOpen, conversation.PromptSearch:
		return t.HandleStop()
	}
	return t.Say(phrases.AllRight, phrases.Params{}).Ask(conversation.PromptAnythingElse)
}

func (t *turn) askOpen() conversation.Answer { return t.NewAnswer().Ask(conversation.PromptOpen) }

// suggestRequests gives examples of requests.
func (t *turn) suggestRequests() conversation.Answer {
	return t.Say(phrases.WhatNowAgain, phrases.Params{}).Ask(conversation.PromptOpen)
}

// chooseAgain answers a yes to the question which post. It chooses the post if the page has only one, and otherwise
// asks for a number again.
func (t *turn) chooseAgain() conversation.Answer {
	if page := t.State.List.Page; len(page) == 1 {
		return t.chooseByRef(page[0], (*turn).choosePost)
	}
	return t.Say(phrases.AskLastAgain, phrases.Params{}).Ask(conversation.PromptChoose)
}
