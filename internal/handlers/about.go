package handlers

import (
	"unicode/utf8"

	"lastpost/internal/feed"
	"lastpost/internal/handlers/rendering"
	"lastpost/internal/phrases"
	"lastpost/internal/speech"
)

// The handlers of this file answer questions about a post. The conversation stays where it was: the answer asks the last
// prompt again.

// handleAuthor names the authors of the post.
func (t *turn) handleAuthor() answer {
	return t.describePost(t.state.Post, func(s *rendering.Rendered) answer {
		if s.Byline == "" {
			return t.say(phrases.AuthorUnknown, phrases.Params{})
		}
		return t.say(phrases.Author, phrases.Params{Names: rendering.ShortenTitle(t.language.List(s.Authors))})
	})
}

// handlePostDate says when the post was published.
func (t *turn) handlePostDate() answer {
	if latest, ok := t.latestPost(); ok && !t.hasSubject() && t.dateText(latest) != "" {
		return t.announceLatest() // it says the date
	}
	return t.describePost(t.state.Post, func(s *rendering.Rendered) answer {
		return t.say(phrases.PostDate, phrases.Params{Date: t.dateText(s.Post)})
	})
}

// handleSummary says the first sentences of the post, and offers to read it unless it is being read.
func (t *turn) handleSummary() answer {
	a := t.describePost(t.offeredPost(), func(s *rendering.Rendered) answer {
		if s.Excerpt == "" {
			return t.say(phrases.OnlyTitle, phrases.Params{})
		}
		return t.say(phrases.Summary, phrases.Params{}).quoteText(s.Voice, rendering.EndSentence(s.Excerpt))
	})
	if post, ok := t.currentPost(); ok && a.prompt != promptNone && a.state.Focus == focusPost && a.state.Post == t.state.Post {
		return a.ask(t.choosePrompt(t.render(post)))
	}
	return a
}

// handleLength says how many minutes it takes to read the post. Feeds rarely state the length of an episode, and the
// archive does not store it.
func (t *turn) handleLength() answer {
	return t.describePost(t.offeredPost(), func(s *rendering.Rendered) answer {
		minutes := readingMinutes(s.Turns)
		switch {
		case s.Audio.URL != "" && minutes == 0:
			return t.say(phrases.EpisodeLength, phrases.Params{})
		case s.Audio.URL != "":
			return t.say(phrases.EpisodeLength, phrases.Params{}).say(phrases.TextLength, phrases.Params{Count: minutes})
		case len(s.Turns) == 0:
			return t.say(phrases.OnlyTitle, phrases.Params{})
		case minutes == 0:
			return t.say(phrases.LengthShort, phrases.Params{})
		}
		return t.say(phrases.Length, phrases.Params{Count: minutes}).followedBy(t.sayRest(s))
	})
}

// sayRest says how many minutes are left of the post that is being read. It says nothing about other posts.
func (t *turn) sayRest(s *rendering.Rendered) answer {
	if t.state.Focus != focusText || t.state.Post != refOf(s.Post) || t.state.Text != s.Fingerprint || t.state.Part >= len(s.Turns) {
		return t.newAnswer()
	}
	if minutes := readingMinutes(s.Turns[t.state.Part:]); minutes > 0 {
		return t.say(phrases.MinutesLeft, phrases.Params{Count: minutes})
	}
	return t.say(phrases.LittleLeft, phrases.Params{})
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
func (t *turn) offeredPost() ref {
	if t.state.Prompt == promptReadNext {
		if next, ok := t.responder.Posts.Older(t.anchorPost(), feed.Filter{}); ok {
			return refOf(next)
		}
	}
	return t.state.Post
}

// describePost answers a question about a post and asks the last prompt again. describe returns the answer. Without a
// current post, the question is about the episode that plays, the only post of a list, or the latest post.
func (t *turn) describePost(current ref, describe func(*rendering.Rendered) answer) answer {
	switch {
	case t.isAboutEpisode() && t.mayStillPlay():
		post, kept := t.lastEpisode()
		return t.describeKept(post, kept, describe)
	case t.state.Focus == focusList && len(t.state.List.Page) == 1:
		post, kept := t.postByRef(t.state.List.Page[0])
		return t.describeKept(post, kept, describe)
	case t.state.Focus == focusList:
		return t.aside(phrases.PickFirst)
	case !t.hasSubject():
		return t.describeLatest(describe)
	}
	post, kept := t.postByRef(current)
	return t.describeKept(post, kept, describe)
}

// hasSubject reports whether the conversation is about an episode, a list or a post.
func (t *turn) hasSubject() bool {
	return t.isAboutEpisode() && t.mayStillPlay() || t.state.Focus == focusList || t.state.Post != ""
}

// describeKept describes a post, unless the archive has removed it. If the last prompt offers another post, the answer
// begins with the title of the described one.
func (t *turn) describeKept(post feed.Post, kept bool, describe func(*rendering.Rendered) answer) answer {
	if !kept {
		return t.sayPostGone()
	}
	s := t.render(post)
	if s.ReadFailed {
		return t.sayReadFailed()
	}
	a := describe(s)
	if t.state.Prompt == promptReadNext {
		a = t.newAnswer().quoteText(s.Voice, rendering.EndSentence(t.postName(post, s))).followedBy(a)
	}
	return t.goOn(a)
}

// describeLatest announces the latest post and describes it.
func (t *turn) describeLatest(describe func(*rendering.Rendered) answer) answer {
	post, ok := t.latestPost()
	if !ok {
		return t.sayNoPosts()
	}
	s := t.render(post)
	if s.ReadFailed {
		return t.sayReadFailed()
	}
	a := t.announce(phrases.Latest, post, phrases.Params{})
	return a.addParts(describe(s).parts...)
}

// handleVolume, handleSpeed, handleClock and handleMultiRoom answer requests that only Alexa can fulfill, or that no
// skill can.
func (t *turn) handleVolume() answer    { return t.aside(phrases.Volume) }
func (t *turn) handleClock() answer     { return t.aside(phrases.Clock) }
func (t *turn) handleMultiRoom() answer { return t.aside(phrases.MultiRoom) }

func (t *turn) handleSpeed() answer {
	if t.isAboutEpisode() && t.mayStillPlay() {
		return t.aside(phrases.EpisodeSpeed)
	}
	return t.aside(phrases.Speed)
}

// aside says a message and goes on with the conversation.
func (t *turn) aside(message phrases.Message) answer {
	return t.goOn(t.say(message, phrases.Params{}))
}

// goOn asks the last prompt again. If the request interrupted an episode, the session ends, so that the episode goes on.
func (t *turn) goOn(a answer) answer {
	if t.isOneShot() && t.mayStillPlay() {
		return a
	}
	return a.ask(t.samePrompt())
}
