package handlers

import (
	"unicode/utf8"

	"lastpost/internal/feed"
	"lastpost/internal/handlers/conversation"
	"lastpost/internal/handlers/rendering"
	"lastpost/internal/handlers/session"
	"lastpost/internal/phrases"
	"lastpost/internal/speech"
)

// The handlers of this file answer questions about a post. The conversation stays where it was: the answer asks the last
// prompt again.

// handleAuthor names the authors of the post.
func (t *turn) handleAuthor() conversation.Answer {
	return t.describePost(t.State.Post, func(s *rendering.Rendered) conversation.Answer {
		if s.Byline == "" {
			return t.Say(phrases.AuthorUnknown, phrases.Params{})
		}
		return t.Say(phrases.Author, phrases.Params{Names: rendering.ShortenTitle(t.Language.List(s.Authors))})
	})
}

// handlePostDate says when the post was published.
func (t *turn) handlePostDate() conversation.Answer {
	if latest, ok := t.LatestPost(); ok && !t.hasSubject() && t.DateText(latest) != "" {
		return t.AnnounceLatest() // it says the date
	}
	return t.describePost(t.State.Post, func(s *rendering.Rendered) conversation.Answer {
		return t.Say(phrases.PostDate, phrases.Params{Date: t.DateText(s.Post)})
	})
}

// handleSummary says the first sentences of the post, and offers to read it unless it is being read.
func (t *turn) handleSummary() conversation.Answer {
	a := t.describePost(t.offeredPost(), func(s *rendering.Rendered) conversation.Answer {
		if s.Excerpt == "" {
			return t.Say(phrases.OnlyTitle, phrases.Params{})
		}
		return t.Say(phrases.Summary, phrases.Params{}).QuoteText(s.Voice, rendering.EndSentence(s.Excerpt))
	})
	isOffered := a.Prompt != conversation.PromptNone && a.State.Focus == session.FocusPost && a.State.Post == t.State.Post
	if post, ok := t.CurrentPost(); ok && isOffered {
		return a.Ask(t.ChoosePrompt(t.Render(post)))
	}
	return a
}

// handleLength says how many minutes it takes to read the post. Feeds rarely state the length of an episode, and the
// archive does not store it.
func (t *turn) handleLength() conversation.Answer {
	return t.describePost(t.offeredPost(), func(s *rendering.Rendered) conversation.Answer {
		minutes := readingMinutes(s.Turns)
		switch {
		case s.Audio.URL != "" && minutes == 0:
			return t.Say(phrases.EpisodeLength, phrases.Params{})
		case s.Audio.URL != "":
			return t.Say(phrases.EpisodeLength, phrases.Params{}).Say(phrases.TextLength, phrases.Params{Count: minutes})
		case len(s.Turns) == 0:
			return t.Say(phrases.OnlyTitle, phrases.Params{})
		case minutes == 0:
			return t.Say(phrases.LengthShort, phrases.Params{})
		}
		return t.Say(phrases.Length, phrases.Params{Count: minutes}).FollowedBy(t.sayRest(s))
	})
}

// sayRest says how many minutes are left of the post that is being read. It says nothing about other posts.
func (t *turn) sayRest(s *rendering.Rendered) conversation.Answer {
	isRead := t.State.Focus == session.FocusText && t.State.Post == session.RefOf(s.Post) && t.State.Text == s.Fingerprint
	if !isRead || t.State.Part >= len(s.Turns) {
		return t.NewAnswer()
	}
	if minutes := readingMinutes(s.Turns[t.State.Part:]); minutes > 0 {
		return t.Say(phrases.MinutesLeft, phrases.Params{Count: minutes})
	}
	return t.Say(phrases.LittleLeft, phrases.Params{})
}

// readingPace is the pace of Alexa's voice, in characters a minute. Amazon's page on voices in skills says that 10,000
// characters take about ten minutes.
const readingPace = 1000

// readingMinutes returns the time to read a text aloud, rounded to minutes.
func readingMinutes(turns []speech.Turn) int {
	characters := 0
	for _, turn := range turns {
		characters += utf8.RuneCountInString(turn.String())
	}
	return (characters + readingPace/2) / readingPace
}

// offeredPost returns the post that the last prompt offers to read, or else the current post. After "Would you like the
// one before it?" the question how long it is means the offered post.
func (t *turn) offeredPost() session.Ref {
	if next, ok := t.OfferedNext(); ok {
		return session.RefOf(next)
	}
	return t.State.Post
}

// describePost answers a question about a post and asks the last prompt again. describe returns the answer. Without a
// current post, the question is about the episode that plays, the only post of a list, or the latest post.
func (t *turn) describePost(current session.Ref, describe func(*rendering.Rendered) conversation.Answer) conversation.Answer {
	switch {
	case t.IsAboutEpisode() && t.MayStillPlay():
		post, kept := t.LastEpisode()
		return t.describeKept(post, kept, describe)
	case t.State.Focus == session.FocusList && len(t.State.List.Page) == 1:
		post, kept := t.PostByRef(t.State.List.Page[0])
		return t.describeKept(post, kept, describe)
	case t.State.Focus == session.FocusList:
		return t.aside(phrases.PickFirst)
	case !t.hasSubject():
		return t.describeLatest(describe)
	}
	post, kept := t.PostByRef(current)
	return t.describeKept(post, kept, describe)
}

// hasSubject reports whether the conversation is about an episode, a list or a post.
func (t *turn) hasSubject() bool {
	return t.IsAboutEpisode() && t.MayStillPlay() || t.State.Focus == session.FocusList || t.State.Post != ""
}

// describeKept describes a post, unless the archive has removed it. If the last prompt offers another post, the answer
// begins with the title of the described one.
func (t *turn) describeKept(post feed.Post, kept bool, describe func(*rendering.Rendered) conversation.Answer) conversation.Answer {
	if !kept {
		return t.SayPostGone()
	}
	s := t.Render(post)
	if s.ReadFailed {
		return t.SayReadFailed()
	}
	a := describe(s)
	if t.State.Prompt == conversation.PromptReadNext {
		a = t.NewAnswer().QuoteText(s.Voice, rendering.EndSentence(t.PostName(post, s))).FollowedBy(a)
	}
	return t.goOn(a)
}

// describeLatest announces the latest post and describes it.
func (t *turn) describeLatest(describe func(*rendering.Rendered) conversation.Answer) conversation.Answer {
	post, ok := t.LatestPost()
	if !ok {
		return t.SayNoPosts()
	}
	s := t.Render(post)
	if s.ReadFailed {
		return t.SayReadFailed()
	}
	a := t.Announce(phrases.Latest, post, phrases.Params{})
	return a.AddParts(describe(s).Parts...)
}

// handleVolume, handleSpeed, handleClock and handleMultiRoom answer requests that only Alexa can fulfill, or that no
// skill can.
func (t *turn) handleVolume() conversation.Answer { return t.aside(phrases.Volume) }

func (t *turn) handleClock() conversation.Answer { return t.aside(phrases.Clock) }

func (t *turn) handleMultiRoom() conversation.Answer { return t.aside(phrases.MultiRoom) }

func (t *turn) handleSpeed() conversation.Answer {
	if t.IsAboutEpisode() && t.MayStillPlay() {
		return t.aside(phrases.EpisodeSpeed)
	}
	return t.aside(phrases.Speed)
}

// aside says a message and goes on with the conversation.
func (t *turn) aside(message phrases.Message) conversation.Answer {
	return t.goOn(t.Say(message, phrases.Params{}))
}

// goOn asks the last prompt again. If the request interrupted an episode, the session ends, so that the episode goes on.
func (t *turn) goOn(a conversation.Answer) conversation.Answer {
	if t.IsOneShot() && t.MayStillPlay() {
		return a
	}
	return a.Ask(t.SamePrompt())
}
