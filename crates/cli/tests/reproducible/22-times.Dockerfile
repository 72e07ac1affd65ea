FROM busybox
RUN echo x > /x && touch -d @1000000000 /old && touch -d @2500000000 /future && mkdir /dir && touch -d @1200000000 /dir
ADD files.tar.gz /dated/
