/* The list of searches, linked into the program as it is. */
    .section .rodata
    .global npuscope_searches_begin
    .global npuscope_searches_end
npuscope_searches_begin:
    .incbin "searches.txt"
npuscope_searches_end:
    .section .note.GNU-stack,"",%progbits
