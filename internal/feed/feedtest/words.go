package feedtest

import (
	"fmt"
	"strings"
)

// titleOf is the title of a post of the beginning. Most of them have something that software escapes.
func titleOf(number int) string {
	forms := [...]string{
		"The keeper’s log, entry %d",
		"Rope & tar, notes %d",
		"Tides – and what they left, %d",
		"“Hold fast” and other advice, no. %d",
		"Café at the pier, %d",
		"A plain walk, day %d",
		"Less is more… said nobody, %d",
	}
	size := len(forms)
	return fmt.Sprintf(forms[(number%size+size)%size], number)
}

// corpus are sentences of eight to thirteen words. None of them has the word of every post, or a zebra.
var corpus = [...]string{
	"The ferry came in late because the fog had not lifted yet.",
	"Nobody on the pier could say where the old lamp had gone.",
	"We counted eleven gulls, two dogs and one very patient heron.",
	"Martha’s uncle still repairs nets with needles that he carved himself.",
	"Salt & sun do more damage to paint than any storm does.",
	"The bakery opens at five, and by six the rolls are gone.",
	"Low water was at noon – high enough to keep the rowers busy.",
	"A good knot holds under load and opens when you ask it.",
	"They say that “slow is smooth” and that smooth is seldom slow.",
	"The new crane looks like a giraffe that has read too much.",
	"I spent the morning sanding the tiller and listening to the radio.",
	"Behind the café there is a yard where the boats spend winter.",
	"Rain drummed on the tin roof until the kettle drowned it out.",
	"The museum keeps a chart on which our island is missing entirely.",
	"Children had drawn a whale in chalk along the whole sea wall.",
	"It takes three people to lift the mast and five to advise.",
	"The lighthouse was automated years ago, but somebody still waters the geraniums.",
	"On Tuesdays the fish market smells of lemons for no clear reason.",
	"Her diary lists every ship that passed between March and late October.",
	"There’s a bell below the bridge that rings only at spring tide.",
	"Most of the varnish had peeled, and the wood was silver beneath.",
	"The pilot’s cat sleeps on the forecast, which improves it a little.",
	"We tied up beside a barge that was carrying nothing but pianos.",
	"After dark the water turns the colour of strong and forgotten tea.",
}

// sentences gives sentences from the corpus, other ones for each seed, none twice in a row.
func sentences(seed int) func(count int) string {
	next := seed * 7
	return func(count int) string {
		said := make([]string, 0, count)
		for range count {
			said = append(said, corpus[next%len(corpus)])
			next += 5
		}
		return strings.Join(said, " ")
	}
}
