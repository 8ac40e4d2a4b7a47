package handlers

import (
	"slices"
	"time"
	"unicode/utf16"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/rendering"
	"lastpost/internal/handlers/session"
	"lastpost/internal/phrases"
)

// Limits of an answer that reads a series. They leave room for the prompt, a card and the session state in Amazon's
// 8,000 characters and 24 KB. The number of posts limits the time: rendering a crafted post takes about 0.1 s.
const (
	maxSeriesSpeech = 7500  // characters of SSML, as Amazon counts them
	maxSeriesBytes  = 12000 // bytes of SSML
	maxSeriesPosts  = session.MaxSeriesPosts
)

// seriesPause is the silence before the next post.
const seriesPause = time.Second

// handleReadAll reads several posts one after the other. A series or a post that is being read goes on, without a stop at
// the post's end. Otherwise the posts of the last list are read, or else the new posts.
func (t *turn) handleReadAll() answer {
	l := t.state.List
	switch {
	case t.inSeries():
		return t.goOnWithSeries()
	case t.state.Focus == focusText:
		return t.continueAsSeries()
	case l != nil && l.Series != nil: // another post was announced or read in between
		return t.resumeSeries()
	case l != nil:
		return t.startSeries(t.newAnswer(), postList{Source: l.Source, Query: l.Query})
	}
	return t.handleReadNew()
}

// handleReadNew reads the posts since the listener's previous visit, one after the other.
func (t *turn) handleReadNew() answer {
	_, ok := t.latestPost()
	news := t.countNew()
	switch {
	case !ok:
		return t.sayNoPosts()
	case t.state.Since == "":
		return t.say(phrases.FirstVisit, phrases.Params{}).followedBy(t.announceLatest())
	case news == 0:
		return t.say(phrases.NothingNew, phrases.Params{}).followedBy(t.announceLatest())
	}
	return t.startSeries(t.say(phrases.SeriesNew, phrases.Params{Count: news}), postList{Source: sourceNew})
}

// inSeries reports whether the current post is being read as a post of a series.
func (t *turn) inSeries() bool { return t.state.InSeries() }

// startSeries reads the posts of a list from its beginning.
func (t *turn) startSeries(a answer, l postList) answer {
	posts, err := t.listedPosts(l, 1)
	switch {
	case err != nil:
		return t.archiveFailure("list posts", err)
	case len(posts) == 0:
		return t.sayPostGone()
	}
	l.Series = &series{Began: t.now.Unix(), Since: t.state.Since}
	return t.readSeries(a, t.state.BeforePost(l, posts[0]))
}

// continueAsSeries goes on with the post that is being read, and then with the posts after it in its list, or else with
// the older posts.
func (t *turn) continueAsSeries() answer {
	post, ok := t.currentPost()
	if !ok {
		return t.sayPostGone()
	}
	s := t.state
	running := series{Read: 1, Began: t.now.Unix(), Ended: !s.Unheard && s.Part >= len(t.render(post).Turns), Since: s.Since}
	if list := t.state.List; list != nil {
		if i := slices.Index(list.Page, s.Post); i >= 0 {
			s.List = &postList{Source: list.Source, Query: list.Query, Offset: list.Offset + i, Page: []ref{s.Post}, Series: &running}
			if _, ok, _ := t.selector().Neighbour(s, 1); ok {
				return t.readSeries(t.newAnswer(), s)
			}
		}
	}
	s.List = &postList{Source: sourceNewest, Offset: t.responder.Posts.Since(post), Page: []ref{s.Post}, Series: &running}
	return t.readSeries(t.newAnswer(), s)
}

// goOnWithSeries reads the part after the last one, and what follows.
func (t *turn) goOnWithSeries() answer { return t.readSeries(t.newAnswer(), t.state) }

// resumeSeries goes on with a series after another post was announced or read.
func (t *turn) resumeSeries() answer {
	s := t.state
	s.Focus, s.Post, s.Part, s.Text, s.Unheard = focusText, s.List.Page[0], 1, 0, true
	return t.readSeries(t.newAnswer(), s)
}

// skipInSeries goes on with the next post of the series.
func (t *turn) skipInSeries() answer {
	s, running := t.state.WithSeries()
	running.Ended = true
	return t.readSeries(t.newAnswer(), s)
}

// backInSeries reads the previous post of the series again.
func (t *turn) backInSeries() answer {
	post, ok, err := t.selector().Neighbour(t.state, -1)
	switch {
	case err != nil:
		return t.archiveFailure("list posts", err)
	case !ok:
		return t.say(phrases.SeriesStart, phrases.Params{}).ask(promptSeries)
	}
	l := *t.state.List
	running := *l.Series
	running.Read, l.Series, l.Offset = max(0, running.Read-2), &running, max(0, l.Offset-1)
	return t.readSeries(t.newAnswer(), t.state.BeforePost(l, post))
}

// repeatInSeries reads a part of the current post again, and goes on.
func (t *turn) repeatInSeries(part int) answer {
	s, running := t.state.WithSeries()
	s.Part, s.Unheard, running.Ended = part, true, false
	return t.readSeries(t.newAnswer(), s)
}

// A piece is what is read without a stop: a part of a post, and before the first part the post's title and date.
type piece struct {
	parts    []speechPart
	rendered *rendering.Rendered
	before   sessionState // the state if the piece was not heard
	after    sessionState
}

// pieceStatus says why a series does not have a next piece.
type pieceStatus int

const (
	pieceFound pieceStatus = iota
	seriesEnded
	seriesFailed // the archive could not be read
)

// nextPiece returns the piece of a series that follows a state.
func (t *turn) nextPiece(s sessionState) (piece, pieceStatus) {
	var notes []speechPart
	if !s.List.Series.Ended {
		post, kept := t.postByRef(s.Post)
		rendered := t.renderIf(kept, post)
		switch next := s.NextPart(); {
		case rendered.ReadFailed:
			return piece{}, seriesFailed
		case kept && next > 1 && rendered.Fingerprint != s.Text:
			return t.pieceOf(s, rendered, 1, []speechPart{{message: phrases.Edited}}), pieceFound
		case kept && next <= max(1, len(rendered.Turns)):
			return t.pieceOf(s, rendered, next, nil), pieceFound
		case !kept && next > 1:
			notes = []speechPart{{message: phrases.Gone}}
		case !kept: // the listener did not hear of the post
			var running *series
			s, running = s.WithSeries()
			running.Read--
		}
	}
	post, ok, err := t.selector().Neighbour(s, 1)
	rendered := t.renderIf(ok && err == nil, post)
	switch {
	case err != nil || rendered.ReadFailed:
		return piece{}, seriesFailed
	case !ok:
		return piece{}, seriesEnded
	}
	l := *s.List
	l.Offset = min(l.Offset+1, maxOffset)
	return t.pieceOf(s.BeforePost(l, post), rendered, 1, notes), pieceFound
}

// renderIf renders a post if there is one.
func (t *turn) renderIf(ok bool, p feed.Post) *rendering.Rendered {
	if !ok {
		return &rendering.Rendered{}
	}
	return t.render(p)
}

// pieceOf returns a part of the state's post.
func (t *turn) pieceOf(s sessionState, rendered *rendering.Rendered, number int, notes []speechPart) piece {
	p := piece{parts: notes, rendered: rendered}
	if number == 1 {
		p.parts = append(p.parts, t.seriesTitle(s, rendered)...)
	}
	if len(rendered.Turns) > 0 {
		p.parts = append(p.parts, speechPart{text: rendered.Turns[number-1].Speech(rendered.Voice)})
	}
	s.Part, s.Text, s.Unheard = number, rendered.Fingerprint, true
	p.before = s
	after, running := s.WithSeries()
	after.Unheard, running.Ended = false, number >= len(rendered.Turns)
	p.after = after
	return p
}

// seriesTitle announces a post of a series with its title and date.
func (t *turn) seriesTitle(s sessionState, rendered *rendering.Rendered) (parts []speechPart) {
	date := t.dateText(rendered.Post)
	title := quotePart(rendered.Voice, rendering.EndSentence(t.postName(rendered.Post, rendered)))
	switch {
	case s.List.Series.Read > 1:
		parts = append(parts, silence(seriesPause), speechPart{message: phrases.SeriesNext, params: phrases.Params{Date: date}}, title)
	case date != "":
		parts = append(parts, title, speechPart{message: phrases.From, params: phrases.Params{Date: date}})
	default:
		parts = append(parts, title)
	}
	if len(rendered.Turns) == 0 {
		parts = append(parts, speechPart{message: phrases.SeriesNoText})
	}
	return parts
}

func silence(d time.Duration) (p speechPart) {
	p.text.Pause(d)
	return p
}

// readSeries adds the pieces that follow a state, as many as fit into an answer. If a piece remains, it asks whether to go
// on.
func (t *turn) readSeries(a answer, s sessionState) answer {
	var read []piece
	for {
		next, status := t.nextPiece(s)
		switch {
		case status == seriesFailed && len(read) == 0:
			return t.sayReadFailed()
		case status == seriesFailed:
			return t.finishPieces(a, read).ask(promptSeries)
		case status == seriesEnded:
			return t.endSeries(t.finishPieces(a, read), s)
		}
		if len(read) > 0 && !t.fits(a, read, next) {
			return t.finishPieces(a, read).ask(promptSeries)
		}
		a, s, read = a.addParts(next.parts...), next.after, append(read, next)
	}
}

// fits reports whether an answer has room for another piece.
func (t *turn) fits(a answer, read []piece, next piece) bool {
	if next.after.List.Series.Read-read[0].after.List.Series.Read >= maxSeriesPosts {
		return false
	}
	ssml := t.responder.Settings.Pronounce.Apply(t.speechOf(a.addParts(next.parts...).parts)).SSML()
	return len(ssml) <= maxSeriesBytes && len(utf16.Encode([]rune(ssml))) <= maxSeriesSpeech
}

// finishPieces sets the state, the card and the screen of an answer that read pieces.
func (t *turn) finishPieces(a answer, read []piece) answer {
	if len(read) == 0 {
		return a
	}
	first, last := read[0], read[len(read)-1]
	a.state = last.after
	if next, ok, _ := t.selector().Neighbour(last.after, 1); ok {
		a.state, _ = a.state.WithSeries()
		a.state.List.Page = []ref{last.after.Post, refOf(next)}
	}
	a.state.Spoken = &reading{
		Post: first.before.Post, Part: first.before.Part, Text: first.before.Text, At: t.now.Unix(),
		Posts: last.after.List.Series.Read - first.before.List.Series.Read,
	}
	a.card, a.directives = t.seriesCard(read), t.showPost(first.rendered, first.shownText())
	return a
}

// shownText returns the text of a piece for screens.
func (p piece) shownText() string {
	if len(p.rendered.Turns) == 0 {
		return ""
	}
	return p.rendered.Turns[p.before.Part-1].String()
}

// seriesCard returns a card with the titles of the posts that an answer began, or nil if it began none.
func (t *turn) seriesCard(read []piece) *alexa.Card {
	var titles []string
	var only *rendering.Rendered
	for _, p := range read {
		if p.before.Part == 1 {
			titles, only = append(titles, p.rendered.ShownTitle), p.rendered
		}
	}
	switch len(titles) {
	case 0:
		return nil
	case 1:
		return t.postCard(only)
	}
	return &alexa.Card{Title: t.blog, Text: rendering.JoinLines(titles...)}
}

// endSeries says that the last post was read.
func (t *turn) endSeries(a answer, s sessionState) answer {
	if a.state.Spoken != nil {
		a.state.Spoken.Last = true
	} else {
		a.state, _ = s.WithSeries()
		a.state.List.Series, a.left = nil, true
	}
	return a.say(phrases.SeriesEnd, phrases.Params{Count: s.List.Series.Read}).ask(promptAnythingElse)
}
