"""The web: health for whoever watches over the service; everything else comes behind a login."""
