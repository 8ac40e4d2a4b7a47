package prose

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSplitsSentences requires that a text is split exactly at each "|".
func TestSplitsSentences(t *testing.T) {
	for claim, want := range map[string]string{
		"after stops":                                       "One. | Two! | Three? | Four… five.",
		"after stops and closing quotes":                    "“One.” | “Two!” | (Three.) | Four.",
		"not after titles":                                  "Mr. Smith met Mrs. Jones, Dr. No and Prof. X. | They left.",
		"not after abbreviations such as e.g.":              "Fruit, e.g. Apples, i.e. Those, vs. Pears, approx. Five, cf. Smith et al. Nature.",
		"not after initials":                                "J. R. R. Tolkien and J.R.R. Tolkien, George W. Bush.",
		"not in abbreviated names":                          "The U.S. Senate and Ph.D. Students of St. Louis.",
		"after abbreviated names at a sentence's end":       "I live in the U.S. | The weather is nice. | He has a Ph.D. | She has none.",
		"after single letters at a sentence's end":          "So did I. | Peter left. | Then came plan B. | The end.",
		"not between an abbreviation and a number":          "See No. 5, fig. 3, p. 12, pp. 1 and vol. 2, ed. 4, on Jan. 5.",
		"after the word no":                                 "He said no. | Then he left on the first of Jan. | She stayed.",
		"after etc. before a capital":                       "Pears, etc. | Then apples etc. and more.",
		"not in names with stops":                           "Node.js v1.2.3 and ASP.NET at example.com cost $3.50 at 5 p.m. today.",
		"after version numbers":                             "This is v1.2. | It works.",
		"not after an ellipsis":                             "Well... maybe so.",
		"not at a question within a sentence":               "“Really?” he asked. | “No!” she cried. | Yahoo! is a name.",
		"not after the number of an item":                   "1. Mix the flour. | 2. Bake it.",
		"German: not after abbreviations":                   "Obst, z.B. Äpfel, z. B. Birnen, d.h. Obst, d. h. Kerne, u.a. Quitten, bzw. Nüsse, ca. Fünf, Nr. 5, S. 12.",
		"German: not after titles":                          "Dr. Müller, Hr. Meier, Fr. Schulze und Prof. Dr. Kunz. | Sie kamen.",
		"German: not after the day of a month":              "Am 3. Oktober und im 19. Jahrhundert, am 24. Dezember.",
		"German: not after academic titles":                 "Dr. med. Meyer, Dr. rer. nat. Huber, Prof. Dr. h. c. Kunz und Mag. Wolf. | Sie kamen.",
		"German: not between a street and its number":       "In der Str. 5 und der Hauptstr. 12, nicht in der Str. | Dort.",
		"German: not after millions":                        "Das sind 5 Mio. Menschen, 3 Mrd. Euro, der Hl. Geist, lt. Plan.",
		"German: not between v. Chr. and a noun":            "Am 24. Dez. 2020 fuhr die Fa. Müller 5 Std. Auto. | Im Jahr 50 v. Chr. Geburt. | Es war 50 v. Chr. | Danach kam Rom.",
		"Spanish: not after titles":                         "La Sra. Rescia, el Lic. Pérez, el Sr. Ruiz, la Dra. Gil y el Ing. Sosa. | Luego fueron.",
		"Spanish: not in doubled abbreviations":             "Los EE. UU. Mexicanos y los JJ. OO. Europeos.",
		"Spanish: after doubled abbreviations":              "Viven en EE. UU. | El clima es bueno. | Ganan los JJ. OO. | Luego vuelven.",
		"Spanish: not after other abbreviations":            "Frutas, p. ej. Manzanas, aprox. Cinco, núm. 5, pág. 12, Avda. Mayor, a Ud. Pérez.",
		"Spanish: after a single letter":                    "Fue el plan B. | Luego vino otro.",
		"Italian: not after titles":                         "Il Dott. Rossi, l'Ing. Bianchi, l'Avv. Verdi, la Dott.ssa Neri e il Sig. Gallo. | Poi andarono.",
		"Italian: not after ad es.":                         "Frutta, ad es. Mele, per es. Pere, p. es. Uva, cfr. Dante, pag. 5.",
		"Italian: after es in other places":                 "Parla di tema e di es. | Dopo tace.",
		"Spanish: not after S. A. and Hno.":                 "La firma S. A. Vende frascos y el Hno. Juan los llena.",
		"Italian: not after Arch.":                          "Parla con l'Arch. Piano.",
		"English: not after Ft. before a name":              "They live in Ft. Worth. | It is 5 ft. | The jar is 2 ft. | They left.",
		"French: not after titles":                          "M. Le Pen, M. Dupont, Mme. Durand, MM. Petit et Mlle. Roux, Mgr. Lustiger. | Puis ils partent.",
		"French: not after p. ex.":                          "Des fruits, p. ex. Pommes, c.-à-d. Fruits, vers 50 av. J.-C. Rome, tél. 5.",
		"Portuguese: not after titles":                      "O Sr. Silva, a Sra. Costa, o Eng. Sousa e a Exma. Juíza, p. ex. Lima. | Depois saíram.",
		"Dutch: not after titles":                           "De heer dhr. Jansen, mevr. De Vries, drs. Bakker, bijv. Appels, d.w.z. Fruit, blz. 5. | Daarna gingen ze.",
		"after words that are abbreviations elsewhere":      "Two days ago. | 5 Jars came. | Set it out. | 3 Were left. | She said: On. | Off. | Ten. | Nine. | The env. | A cap. | 7 Lids.",
		"German: after a number":                            "Er wurde Dritter von 3. | Danach ging er.",
		"German: after closing quotes":                      "„Ja.“ | „Nein!“, sagte er. | Dann ging er.",
		"German: after usw. before a new sentence":          "Äpfel usw. | Danach gingen wir. | Birnen usw. kaufen.",
		"Japanese needs no spaces":                          "一つ。 | 二つ！ | 三つ。",
		"after words that look like abbreviations":          "Keep it in mind. | Ask Smith et al. | They wait 5 min. | Push it to the max. | What a gem. | Count each rep. | Was ich mag. | Danach.",
		"not without a space":                               "Yahoo!Mail and a.B or Why?Because.",
		"Hindi":                                             "एक वाक्य। | दो वाक्य।",
		"a sentence of one word":                            "Yes. | No.",
		"marks without words join the sentence before them": "Wow! ... ! | Yes.",
	} {
		t.Run(claim, func(t *testing.T) {
			text := strings.ReplaceAll(want, " | ", " ")
			if strings.HasPrefix(claim, "Japanese") {
				text = strings.ReplaceAll(want, " | ", "")
			}
			require.Equal(t, want, strings.Join(SplitSentences(text), " | "))
		})
	}
}
