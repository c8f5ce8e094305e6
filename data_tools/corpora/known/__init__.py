"""The corpora that are read by name, one file each, and the table that names them.

To add a corpus:

1. Write a file here that makes a `Corpus`: a `NamedCorpus` if the names of the files
   tell speaker and emotion (`urdu.py` is the shortest), else a `CorpusWithReader`,
   whose function returns a `Reading`.
2. Add it to the table below. The flag --corpus takes its names from there.
"""

from data_tools.corpora.known import (
    aesdd,
    ased,
    audformat,
    cafe,
    casia,
    ckplus,
    cremad,
    emodb,
    emouerj,
    emovdb,
    emovo,
    emozionalmente,
    enterface,
    esd,
    fer2013,
    huggingface,
    iemocap,
    jaffe,
    jl_corpus,
    meld,
    msp_improv,
    msp_podcast,
    nemo,
    oreau,
    polish,
    ravdess,
    savee,
    shemo,
    subesco,
    tess,
    turev,
    urdu,
)

__all__ = ["CORPORA"]

CORPORA = {
    corpus.name: corpus
    for corpus in (
        aesdd.CORPUS,
        ased.CORPUS,
        audformat.CORPUS,
        cafe.CORPUS,
        casia.CORPUS,
        ckplus.CORPUS,
        cremad.CORPUS,
        emodb.CORPUS,
        emouerj.CORPUS,
        emovdb.CORPUS,
        emovo.CORPUS,
        emozionalmente.CORPUS,
        enterface.CORPUS,
        esd.ENGLISH,
        esd.MANDARIN,
        fer2013.CORPUS,
        huggingface.CORPUS,
        iemocap.CORPUS,
        jaffe.CORPUS,
        jl_corpus.CORPUS,
        meld.CORPUS,
        msp_improv.CORPUS,
        msp_podcast.CORPUS,
        nemo.CORPUS,
        oreau.CORPUS,
        polish.CORPUS,
        ravdess.SPEECH,
        ravdess.SONGS,
        savee.CORPUS,
        shemo.CORPUS,
        subesco.CORPUS,
        tess.CORPUS,
        turev.CORPUS,
        urdu.CORPUS,
    )
}
